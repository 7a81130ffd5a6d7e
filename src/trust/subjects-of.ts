import type { Bundle } from '@sigstore/bundle'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import type { DigestSet } from '../core/digest-set.ts'
import { digestsIn, readStatement } from './statement.ts'

/** What a bundle says it is about; nobody has checked its signature. Throws `Disbelieved` for a statement that cannot be read. */
export function subjectsOf({ content }: Bundle): DigestSet[] {
  if (content.$case === 'dsseEnvelope') return readStatement(content.dsseEnvelope.payload).subject.map(digestsIn)
  const { algorithm, digest } = content.messageSignature.messageDigest
  return algorithm === HashAlgorithm.SHA2_256 ? [{ sha256: Buffer.from(digest).toString('hex') }] : []
}
