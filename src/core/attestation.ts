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

/** Makes signatures with a key that only the server can read. */
export interface Signer {
  sign(statement: Statement): Promise<Bundle>
  /** The key that verifies what this signer signs. */
  publicKey(): TrustedKey
}

/** A public key and what it is trusted for. */
export interface TrustedKey {
  /** base64(SHA-256(SPKI DER)): the bundle's `publicKey.hint`. */
  id: string
  /** SPKI, PEM. */
  publicKey: string
  purpose: 'provenance' | 'log'
  createdAt: Date
  revokedAt: Date | null
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
}
