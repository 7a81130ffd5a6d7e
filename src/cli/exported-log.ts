import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { exportFiles } from '../core/log-export.ts'
import { readVkey, type VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import type { Context } from './context.ts'
import { foundInstead, readGiven } from './read-given.ts'

/** The path of the folder that someone named; refuses with `invalid` what is none. */
export function exportedFolder(context: Context, name: string): Promise<string> {
  return readGiven({ what: 'the folder of an exported log', name, folder: context.folder }, async (path) => {
    await readdir(path)
    return path
  })
}

/** The bytes of one file of an export, which is opened when the first are wanted; refuses what is not there, as the log is then not whole. */
export async function* readExported(folder: string, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(`${folder}/${file}`)
  } catch (cause) {
    const found = foundInstead(cause)
    if (found === undefined) throw cause
    throw unreadable(folder, { file, message: `expected a file, as every export has it; found ${found}`, cause })
  }
}

/** The key that lies beside the log. */
export async function readExportedKey(folder: string): Promise<VerifierKey> {
  const file = exportFiles.vkey
  const vkey = (await text(readExported(folder, file))).trim()
  const key = readVkey(vkey)
  if (key) return key
  throw unreadable(folder, { file, message: `expected a verifier key, name+id+base64; found ${vkey}` })
}

function unreadable(folder: string, { file, message, cause }: { file: string; message: string; cause?: unknown }) {
  return new Refusal('unprocessable', `the exported log in ${folder} cannot be read: ${file}: ${message}`, {
    reason: 'export_invalid',
    problems: [{ at: file, message }],
    cause,
  })
}
