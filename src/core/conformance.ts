/** What `lockflight conform` answers about one case: whether it is accepted, and if not, why. */
export interface ConformanceVerdict {
  /** `failed` when there was no case to decide, such as a missing file; said so only where other cases follow. */
  verdict: 'accepted' | 'refused' | 'failed'
  /** One word of a closed list; empty when accepted. */
  reason: string
  /** One sentence for people; empty when accepted. */
  detail: string
}

/** One case of a public conformance suite, with files by path. */
export type ConformanceCase =
  | {
      check: 'verify-bundle'
      bundle: string
      trustedRoot?: string | undefined
      certificateIdentity?: string | undefined
      certificateOidcIssuer?: string | undefined
      key?: string | undefined
      /** A path, or `sha256:` with 64 hexadecimal digits that is no path. */
      artifact: string
    }
  | { check: 'verify-provenance'; bundle: string; trustedRoot: string; policy: string; artifact: string }
  | { check: 'dsse-verify'; keys: string[]; threshold: number; payloadType: string; envelope: string }
  | { check: 'note-verify' | 'checkpoint-verify'; vkey: string; file: string }
  | { check: 'tlog-inclusion' | 'tlog-consistency'; file: string }
  | { check: 'tlog-root'; folder: string; size: number }
  | { check: 'jws-verify'; jwks: string; algorithm: string; token: string }
  | { check: 'webhook-verify'; scheme: 'github' | 'standard'; secret: string; headers: string; body: string }
  | { check: 'parse'; as: string; file: string }
