import type { Bundle } from '@sigstore/bundle'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import { digest, type Digest } from '../core/digest.ts'
import { readStatement } from './statement.ts'

/** What a bundle says it is about, by SHA-256; nobody has checked its signature. Throws `Disbelieved` for a statement that cannot be read. */
export function subjectsOf({ content }: Bundle): Digest[] {
  const named =
    content.$case === 'dsseEnvelope'
      ? readStatement(content.dsseEnvelope.payload).subject.map(({ digest: { sha256 } }) => sha256)
      : [sha256Of(content.messageSignature.messageDigest)]
  return named.flatMap((sha256) => digest.safeParse(`sha256:${sha256}`).data ?? [])
}

function sha256Of({ algorithm, digest: bytes }: { algorithm: HashAlgorithm; digest: Uint8Array }): string | undefined {
  return algorithm === HashAlgorithm.SHA2_256 ? Buffer.from(bytes).toString('hex') : undefined
}
