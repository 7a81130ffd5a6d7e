import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exportFiles, readCheckpoints } from '../core/log-export.ts'
import { readGiven } from './read-given.ts'

/** The notes someone kept: in a file of one checkpoint, in the checkpoints of an export, or in the folder of one. */
export async function keptCheckpoints(name: string, folder: string): Promise<string[]> {
  return readGiven({ what: 'a checkpoint or an exported log', name, folder }, async (path) => {
    const file = (await stat(path)).isDirectory() ? join(path, exportFiles.checkpoints) : path
    if (file.endsWith('.ndjson')) return await Array.fromAsync(readCheckpoints(createReadStream(file)))
    return [await readFile(file, 'utf8')]
  })
}
