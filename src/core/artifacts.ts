import type { Digest } from './digest.ts'

/** Files kept under their SHA-256; every read checks the bytes again and refuses what does not match. */
export interface ArtifactStore {
  /** The largest file it takes. */
  limitBytes: number
  /** Copies a regular file in; an interrupted copy is never visible. Refuses with `too_large` above the limit. */
  put(file: string): Promise<{ digest: Digest; sizeBytes: number }>
  /** The same with bytes that are in memory. */
  putBytes(bytes: Uint8Array): Promise<{ digest: Digest; sizeBytes: number }>
  /** The same with bytes as they arrive; refuses with `unprocessable`, and keeps nothing, when they are not what was expected. */
  putStream(bytes: AsyncIterable<Uint8Array>, expected: Digest): Promise<{ digest: Digest; sizeBytes: number }>
  /** Writes the checked bytes to a new file; nothing is left behind when the check fails. */
  copyTo(digest: Digest, file: string): Promise<void>
  /** The SHA-512 of the checked bytes, in hexadecimal. */
  sha512(digest: Digest): Promise<string>
  /** The checked bytes in memory; refuses with `too_large` above `limitBytes`. */
  read(digest: Digest, limitBytes: number): Promise<Uint8Array>
}
