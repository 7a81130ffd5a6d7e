import { open } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'

const mostBytes = 256 * 1024 * 1024

/** The bytes of a file of the case; one that is too large is refused before it is read. */
export async function readBytes(path: string): Promise<Buffer> {
  const file = await open(path).catch((cause: Error) => {
    throw new Refusal('invalid', `cannot read a file of the case: ${cause.message}`, { reason: 'usage', cause })
  })
  try {
    const { size } = await file.stat()
    if (size > mostBytes) {
      throw new Refusal('too_large', `expected at most ${mostBytes} bytes in ${path}, found ${size}`)
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** The same as text; bytes that are not UTF-8 are refused. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('unprocessable', `expected UTF-8 in ${path}`, { reason: 'text.malformed', cause })
  }
}
