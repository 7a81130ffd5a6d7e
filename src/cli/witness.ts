import type { Home } from '../core/home.ts'
import { writePrivateJson } from './private-file.ts'
import { readJson } from './read-file.ts'

/** What was seen of a log when it last proved right; a log that was cut off, rewritten or forked since then contradicts it. */
export interface Witness {
  origin: string
  vkey: string
  /** The newest checkpoint. */
  note: string
}

/** What is remembered of the log of that name. */
export function readWitness(home: Home, origin: string): Witness | undefined {
  return readJson(fileOf(home, origin)) as Witness | undefined
}

/** Remembers a log that has just proved right. */
export async function keepWitness(home: Home, witness: Witness): Promise<void> {
  await writePrivateJson(fileOf(home, witness.origin), witness)
}

function fileOf({ folder }: Home, origin: string): string {
  return `${folder}/witness/${encodeURIComponent(origin)}.json`
}
