import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Digest } from '../core/digest.ts'

const blockBytes = 1024 ** 2

/** Reads a file once, from where its handle stands, giving every block to `write`; the digest is of exactly the bytes given. A block is only valid until `write` is done with it. */
export async function copyHashed(
  source: FileHandle,
  write: (block: Uint8Array) => Promise<void>,
): Promise<{ digest: Digest; sizeBytes: number }> {
  const hash = createHash('sha256')
  const read = (buffer: Buffer) => source.read(buffer, 0, blockBytes, null)
  const consume = (block: Uint8Array) => {
    hash.update(block)
    return write(block)
  }
  let sizeBytes = 0
  let spare: Buffer = Buffer.allocUnsafe(blockBytes)
  let full = await read(Buffer.allocUnsafe(blockBytes))
  while (full.bytesRead > 0) {
    sizeBytes += full.bytesRead
    // The next block is read while this one is hashed and written.
    const [next] = await Promise.all([read(spare), consume(full.buffer.subarray(0, full.bytesRead))])
    spare = full.buffer
    full = next
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes }
}
