import { z } from 'zod'
import { buildClaims } from './build-claims.ts'
import { digest } from './digest.ts'
import { disbeliefs } from './disbelieved.ts'

const said = z.string().nullable()

/** What a Fulcio certificate says of the build that asked for it; null where it says nothing. */
export const certificateClaims = z.strictObject({
  repository: said,
  repositoryId: said,
  ref: said,
  commit: said,
  runner: said,
})
export type CertificateClaims = z.output<typeof certificateClaims>

/** Who has signed, as far as that was proven: the identity in a certificate, or the name of a key (base64 of the SHA-256 of its SPKI). */
export const provenSigner = z.union([
  z.strictObject({ identity: z.string(), issuer: z.string() }),
  z.strictObject({ key: z.string() }),
])
export type ProvenSigner = z.output<typeof provenSigner>

/** One signature over one artifact that was checked: plain data, so that a policy can be judged by it today and in a backtest. */
export const signedFact = z.strictObject({
  /** Of the bundle. */
  bundle: digest,
  artifact: digest,
  signer: provenSigner,
  /** Whether it is in a transparency log. */
  isLogged: z.boolean(),
  /** Every signed time. */
  signedAt: z.array(z.iso.datetime()),
  certificate: certificateClaims.nullable(),
  /** Of the statement about the artifact; null when the artifact itself was signed. */
  predicateType: said,
  /** What the provenance claims; null when the statement is none. */
  claims: buildClaims.nullable(),
})
export type SignedFact = z.output<typeof signedFact>

/** Why a bundle proves nothing about an artifact, whoever a policy trusts. */
export const refusedBundle = z.strictObject({
  bundle: digest,
  /** Null when it is about none of the artifacts, or cannot be read. */
  artifact: digest.nullable(),
  reason: z.enum(disbeliefs),
  detail: z.string(),
})
export type RefusedBundle = z.output<typeof refusedBundle>
