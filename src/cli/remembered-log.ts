import type { Home } from '../core/home.ts'
import { writePrivateJson } from './private-file.ts'
import { readJson } from './read-file.ts'

/** What was seen of a log when it last proved right; a log that was cut off, rewritten or forked since then contradicts it. */
export interface RememberedLog {
  origin: string
  vkey: string
  /** The newest checkpoint. */
  note: string
}

/** What is remembered of the log of that name. */
export function readRemembered(home: Home, origin: string): RememberedLog | undefined {
  return readJson(fileOf(home, origin)) as RememberedLog | undefined
}

/** Remembers a log that has just proved right. */
export async function remember(home: Home, log: RememberedLog): Promise<void> {
  await writePrivateJson(fileOf(home, log.origin), log)
}

function fileOf({ folder }: Home, origin: string): string {
  return `${folder}/remembered/${encodeURIComponent(origin)}.json`
}
