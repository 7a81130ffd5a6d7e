import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exportFiles, readCheckpoints } from '../core/log-export.ts'
import { isSignedNote } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { readGiven } from './read-given.ts'

/** The notes someone kept: in a file of one checkpoint, in the checkpoints of an export, or in the folder of one. Blank lines that a tool left at the end of a checkpoint do no harm. */
export async function keptCheckpoints(name: string, folder: string): Promise<string[]> {
  return readGiven({ what: 'a checkpoint or an exported log', name, folder }, async (path) => {
    const file = (await stat(path)).isDirectory() ? join(path, exportFiles.checkpoints) : path
    if (file.endsWith('.ndjson')) return await Array.fromAsync(readCheckpoints(createReadStream(file)))
    const note = (await readFile(file, 'utf8')).replace(/\s*$/, '\n')
    if (isSignedNote(note)) return [note]
    throw new Refusal(
      'invalid',
      `expected a checkpoint in ${name}, as the log or its witnesses sign it; found another text`,
    )
  })
}
