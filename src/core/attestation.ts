import { z } from 'zod'
import type { Digest } from './digest.ts'

/** An in-toto Statement v1: what is said about which bytes. */
export interface Statement {
  _type: 'https://in-toto.io/Statement/v1'
  subject: { name: string; digest: { sha256: string } }[]
  predicateType: string
  predicate: Record<string, unknown>
}

/** A Sigstore bundle v0.3 holding one DSSE envelope signed with a plain key. */
export type Bundle = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json'
  verificationMaterial: { publicKey: { hint: string } }
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: '' }[] }
}

/** Any Sigstore bundle in its JSON form: what it holds is read by whoever checks it. */
export const anyBundle = z.looseObject({
  mediaType: z.string(),
  verificationMaterial: z.looseObject({}),
  dsseEnvelope: z.looseObject({ payload: z.string() }).exactOptional(),
  messageSignature: z.looseObject({}).exactOptional(),
})
export type AnyBundle = z.output<typeof anyBundle>

/** What was signed about a release, as stored; verified again wherever it is used. */
export interface Attestation {
  release: Digest
  /** Null when an artifact itself was signed, and no statement about it. */
  predicateType: string | null
  /** Of the bundle. */
  digest: Digest
  bundle: AnyBundle
  createdAt: Date
}

/** The key that a bundle names; null for a certificate. */
export function hintOf({ verificationMaterial }: AnyBundle): string | null {
  const { publicKey } = verificationMaterial as { publicKey?: { hint?: unknown } | null }
  return typeof publicKey?.hint === 'string' ? publicKey.hint : null
}

/** Whose signatures count: those of the holder of a key, or of whoever can prove an identity to a certificate authority. */
export interface SigningKey {
  /** base64(SHA-256(SPKI DER)), the bundle's `publicKey.hint`; for an identity, `keyless:` and the digest of it. */
  id: string
  /** SPKI, PEM; null for an identity. */
  publicKey: string | null
  identity: CertifiedIdentity | null
}

/** An identity as certificates name it, exactly, and the Sigstore trusted root (JSON) by which they count. */
export interface CertifiedIdentity {
  identity: string
  issuer: string
  root: Record<string, unknown>
}

/** Makes signatures with keys that only it can reach. */
export interface Signer {
  /** As whom it can sign now, the one it would rather be first; never empty. */
  keys(): Promise<SigningKey[]>
  /** The one to sign as from now on: it makes a new one, or where these are made elsewhere it looks which is the newest there. */
  renew(): Promise<SigningKey>
  /** One of `keys` signs. Where that takes more than this machine it can take long and fail: never inside a transaction. */
  sign(statement: Statement, key: SigningKey): Promise<AnyBundle>
  /** Throws unless it could sign as that one now; leaves nothing behind that others see. */
  check(key: SigningKey): Promise<void>
}

/** A key and what it is trusted for. */
export interface TrustedKey extends SigningKey {
  purpose: 'provenance' | 'log'
  createdAt: Date
  /** What it signs counts when it came in before; null while another one has not taken its place. */
  validUntil: Date | null
  revokedAt: Date | null
  /** Of a revoked one: what was stored here before that still counts; null when nothing of it does. */
  revokedFrom: Date | null
}

/** Signed statements, kept beside the releases they are about. */
export interface Attestations {
  add(project: string, attestation: Attestation): Promise<void>
  /** All of them, or those of the predicate types that are not excepted. */
  of(project: string, release: Digest, except?: readonly string[]): Promise<Attestation[]>
}

/** The public keys this installation trusts. */
export interface Keys {
  list(): Promise<TrustedKey[]>
  /** False when it was known already. */
  add(key: TrustedKey): Promise<boolean>
  /** Lets nobody else change keys until the transaction ends. */
  lock(): Promise<void>
  /** What it signs from then on does not count. */
  retire(id: string, validUntil: Date): Promise<void>
  revoke(id: string, revoked: { at: Date; from: Date | null }): Promise<void>
}
