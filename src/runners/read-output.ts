import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'
import { namesInside } from './file-inside.ts'
import { useOwnFile, type Finished } from './own-file.ts'

const limitBytes = 64 * 1024

/** What a job handed on under a declared name: text of at most 64 KiB without its last line end; refuses one that holds a secret, because outputs are shown. */
export async function readOutput(finished: Finished, name: string): Promise<string> {
  const about = `output ${name}`
  const file = { about, path: `outputs/${name}`, shown: `$LOCKFLIGHT_OUTPUTS/${name}` }
  const bytes = await useOwnFile(finished, file, (path) => readAtMost(path, about))
  const text = decode(bytes, about).replace(/\r?\n$/, '')
  const secrets = Object.entries(finished.request.secrets).filter(([, value]) => value.trim() !== '')
  const [leaked] = secrets.find(([, value]) => text.includes(value.trim())) ?? []
  if (leaked === undefined) return text
  throw new Refusal('unprocessable', `${about} contains the value of secret ${leaked}; outputs are shown to people`)
}

/** Names in the folder of outputs that the job does not declare. */
export async function undeclaredOutputs({ request, area }: Finished): Promise<string[]> {
  const names = await namesInside(area, 'outputs')
  return names.filter((name) => !request.definition.outputs.includes(name)).toSorted()
}

async function readAtMost(file: string, about: string): Promise<Buffer> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const { size } = await handle.stat()
  if (size > limitBytes) throw new Refusal('too_large', `${about}: expected at most ${limitBytes} bytes, found ${size}`)
  return await handle.readFile()
}

function decode(bytes: Buffer, about: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (cause) {
    throw new Refusal('unprocessable', `${about}: expected UTF-8 text, found other bytes`, { cause })
  }
  throw new Refusal('unprocessable', `${about}: expected text, found a NUL character in it`)
}
