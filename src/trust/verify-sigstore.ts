import { createHash, type KeyObject } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { PolicyError, toSignedEntity, VerificationError, Verifier, type Signer } from '@sigstore/verify'
import type { KnownBytes } from '../core/digest-set.ts'
import type { CertificateClaims } from '../core/signed-fact.ts'
import { certificateClaims } from './certificate-claims.ts'
import { checkChain } from './check-chain.ts'
import { checkKeyNames } from './check-key-names.ts'
import { checkLogEntries } from './check-log-entries.ts'
import { checkTimestamps } from './check-timestamps.ts'
import { signedTimes } from './signed-times.ts'
import { contentByDigest } from './signed-content.ts'
import { statementAbout, type SignedStatement } from './statement.ts'
import { trustMaterial } from './trust-material.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'

/** Who must have signed: a person or workflow by the exact identity and issuer in the certificate, or the holder of a key; `anyone` leaves it to the caller to compare who it was. */
export type ExpectedSigner = { identity: string; issuer: string } | { key: KeyObject } | 'anyone'

/** The artifact as its bytes, or only as their SHA-256, with the SHA-512 where it is known. */
export type SignedArtifact = { bytes: Uint8Array } | { sha256: Buffer; sha512?: string | undefined }

/** What is checked, and against what. */
export interface SigstoreQuestion {
  bundle: Bundle
  artifact: SignedArtifact
  root: TrustedRoot
  signer: ExpectedSigner
  /** Whether a signature by a key must be in a transparency log, with its time; by a certificate it always must. */
  log?: 'required' | 'optional'
}

/** What was found to be true. */
export interface SigstoreProof {
  /** The statement whose subject the artifact is; null when the artifact itself was signed. */
  statement: SignedStatement | null
  /** Every signed time there is for the signature; at least one unless `log` is optional. */
  signedAt: Date[]
  /** Who the certificate names; null when a key has signed, or when it names nobody. */
  identity: { identity: string; issuer: string } | null
  /** What the certificate says of the build that asked for it; null when a key has signed. */
  certificate: CertificateClaims | null
}

/**
 * Checks a Sigstore bundle: signature, certificate at the signed times, certificate log, transparency log, timestamps, signer, and that
 * it is about this artifact. Pure and offline, and no time but the signed ones counts. Throws `Disbelieved`.
 */
export function verifySigstore({ bundle, artifact, root, signer, log = 'required' }: SigstoreQuestion): SigstoreProof {
  const key = typeof signer === 'object' && 'key' in signer ? signer.key : null
  checkKeyNames(bundle, key)
  checkLogEntries(bundle.verificationMaterial.tlogEntries)
  const material = trustMaterial(root, key)
  checkChain(bundle, material.certificateAuthorities)
  checkTimestamps(bundle, material.timestampAuthorities)
  const logged = key && log === 'optional' ? 0 : 1
  const thresholds = { ctlogThreshold: key ? 0 : 1, tlogThreshold: logged, timestampThreshold: logged }
  const verifier = new Verifier(material, thresholds)
  const signed = explained(() => verifier.verify(entityOf(bundle, artifact)))
  if (typeof signer === 'object' && !('key' in signer)) checkIdentity(signed, signer)
  return {
    statement: aboutArtifact(bundle, artifact),
    signedAt: signedTimes(bundle),
    identity: key ? null : identityOf(signed),
    certificate: key ? null : certificateClaims(signed),
  }
}

function identityOf({ identity }: Signer): SigstoreProof['identity'] {
  const name = identity?.subjectAlternativeName
  const issuer = identity?.extensions?.issuer
  return name !== undefined && issuer !== undefined ? { identity: name, issuer } : null
}

function entityOf(bundle: Bundle, artifact: SignedArtifact) {
  const { content } = bundle
  if (content.$case === 'dsseEnvelope') return toSignedEntity(bundle)
  const { messageSignature } = content
  const sha256 = sha256Of(artifact)
  if (!messageSignature.messageDigest.digest.equals(sha256)) {
    throw new Disbelieved(
      'signature.digest',
      `expected a signature of ${hex(sha256)}, found one of ${hex(messageSignature.messageDigest.digest)}`,
    )
  }
  if ('bytes' in artifact) return toSignedEntity(bundle, Buffer.from(artifact.bytes))
  return { ...toSignedEntity(bundle), signature: contentByDigest(messageSignature, sha256) }
}

/** Compared whole: the library would take the expected identity as a regular expression without anchors (A12). */
function checkIdentity({ identity }: Signer, expected: { identity: string; issuer: string }): void {
  const name = identity?.subjectAlternativeName
  const issuer = identity?.extensions?.issuer
  if (name !== expected.identity) {
    throw new Disbelieved(
      'signature.identity',
      `expected a signature by ${expected.identity}, found one by ${name ?? 'nobody'}`,
    )
  }
  if (issuer !== expected.issuer) {
    throw new Disbelieved(
      'signature.identity',
      `expected an identity by ${expected.issuer}, found one by ${issuer ?? 'nobody'}`,
    )
  }
}

function aboutArtifact({ content }: Bundle, artifact: SignedArtifact): SignedStatement | null {
  if (content.$case !== 'dsseEnvelope') return null
  return statementAbout(content.dsseEnvelope, known(artifact))
}

function known(artifact: SignedArtifact): KnownBytes {
  const digest = `sha256:${hex(sha256Of(artifact))}` as const
  const sha512 = 'bytes' in artifact ? createHash('sha512').update(artifact.bytes).digest('hex') : artifact.sha512
  return { digest, sha512 }
}

function sha256Of(artifact: SignedArtifact): Buffer {
  return 'sha256' in artifact ? artifact.sha256 : createHash('sha256').update(artifact.bytes).digest()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

const reasons: Record<string, Disbelief> = {
  NOT_IMPLEMENTED_ERROR: 'bundle.unsupported',
  TLOG_INCLUSION_PROOF_ERROR: 'tlog.inclusion',
  TLOG_INCLUSION_PROMISE_ERROR: 'tlog.inclusion',
  TLOG_MISSING_INCLUSION_ERROR: 'tlog.missing',
  TLOG_BODY_ERROR: 'tlog.body',
  TLOG_ERROR: 'tlog.missing',
  CERTIFICATE_ERROR: 'certificate.chain',
  PUBLIC_KEY_ERROR: 'signature.key-unknown',
  SIGNATURE_ERROR: 'signature.invalid',
  TIMESTAMP_ERROR: 'timestamp.invalid',
  UNTRUSTED_SIGNER_ERROR: 'signature.identity',
}

/** Anything the verifier stumbles over comes from the bundle: it gets nothing else. */
function explained<T>(verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (error instanceof Disbelieved) throw error
    const { message } = error as Error
    if (error instanceof VerificationError || error instanceof PolicyError) {
      throw new Disbelieved(reasons[error.code] ?? 'bundle.malformed', message, error)
    }
    throw new Disbelieved('bundle.malformed', message, error)
  }
}
