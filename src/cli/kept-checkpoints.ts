import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exportFiles, readCheckpoints } from '../core/log-export.ts'
import { Refusal } from '../core/refusal.ts'

/** The notes someone kept: in a file of one checkpoint, in the checkpoints of an export, or in the folder of one. */
export async function keptCheckpoints(path: string): Promise<string[]> {
  try {
    const file = (await stat(path)).isDirectory() ? join(path, exportFiles.checkpoints) : path
    if (file.endsWith('.ndjson')) return await Array.fromAsync(readCheckpoints(createReadStream(file)))
    return [await readFile(file, 'utf8')]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Refusal('invalid', `expected a checkpoint or an exported log at ${path}; found none`, { cause: error })
  }
}
