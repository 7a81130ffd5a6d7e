import { open, stat, truncate, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** How big a file of printed text may grow; beside it lies at most as much again of what came before. */
export const outputLimitBytes = 16 * 1024 * 1024

const looksEveryMilliseconds = 2_000

/** Text from that byte of a file on, at most that many bytes, and the byte behind it; empty when there is nothing. Ends with a whole line where there is one, and never within a character. */
export async function readOutput(
  file: string,
  from: number,
  limitBytes = 64 * 1024,
): Promise<{ text: string; next: number }> {
  const handle = await openIfThere(file)
  if (!handle) return { text: '', next: from }
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(limitBytes), 0, limitBytes, from)
    const length = wholePart(buffer.subarray(0, bytesRead))
    return { text: buffer.toString('utf8', 0, length), next: from + length }
  } finally {
    await handle.close()
  }
}

/** The end of what a process printed, for people; empty when it printed nothing. */
export async function lastLines(file: string, limitBytes = 2000): Promise<string> {
  const text = await lastBytes(file, limitBytes)
  const before = text.length < limitBytes ? await lastBytes(earlier(file), limitBytes - text.length) : ''
  return (before + text).trim().split('\n').slice(-15).join('\n')
}

/**
 * Keeps a file small that others go on adding to: what is in it moves to `….1`, and the file begins anew. The writers
 * notice nothing, because every write goes to the end; what they write in the moment between may be lost.
 */
export async function keepSmall(file: string, limitBytes = outputLimitBytes): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  if (size <= limitBytes) return
  const [from, to] = await Promise.all([open(file, 'r'), open(earlier(file), 'w', 0o600)])
  await pipeline(from.createReadStream({ start: size - limitBytes, end: size - 1 }), to.createWriteStream())
  await truncate(file)
}

/** Keeps the files small that it is told at each look, until the returned function is called. A full disk or a lost folder is no reason to end what prints. */
export function keepAllSmall(files: () => Promise<string[]>): () => void {
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    try {
      for (const file of await files()) await keepSmall(file)
    } catch {
      // Looked at again soon; nothing else depends on it.
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void look(), looksEveryMilliseconds).unref()
  return () => clearInterval(timer)
}

/** Up to the last line's end; without one all but a character that has only begun (RFC 3629: no byte of it is below 0x80). */
function wholePart(bytes: Buffer): number {
  const line = bytes.lastIndexOf(10) + 1
  if (line > 0) return line
  const start = bytes.findLastIndex((byte) => byte < 0x80 || byte >= 0xc0)
  const last = bytes[start] ?? 0
  const wanted = last >= 0xf0 ? 4 : last >= 0xe0 ? 3 : last >= 0xc0 ? 2 : 1
  return start >= 0 && bytes.length - start < wanted ? start : bytes.length
}

async function lastBytes(file: string, limitBytes: number): Promise<string> {
  const handle = await openIfThere(file)
  if (!handle) return ''
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, limitBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  return open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

function earlier(file: string): string {
  return `${file}.1`
}
