import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, writeAtomic } from '../files/durable-file.ts'
import { isAlive, type ProcessMark } from '../processes/process-mark.ts'

/** What a front says about itself once it listens. */
export interface FrontRecord {
  mark: ProcessMark
  port: number
  /** Answers every request with how many requests are under way, by the instance's port. */
  statusPort: number
}

/** Exit codes of a front that cannot listen: the port is taken, or only root may have it. */
export const frontExits = { taken: 98, forbidden: 97 }

/** Says that a front listens. */
export async function writeFrontRecord(target: string, record: FrontRecord): Promise<void> {
  await writeAtomic(fileOf(target, record.port), JSON.stringify(record))
}

/** The front that runs on that port; null when there is none. */
export async function runningFront(target: string, port: number): Promise<FrontRecord | null> {
  const record = await readJson<FrontRecord>(fileOf(target, port))
  return record && isAlive(record.mark) ? record : null
}

/** All fronts of a target, those included that have ended. */
export async function listFronts(target: string): Promise<FrontRecord[]> {
  const names = (await readdir(target)).filter((name) => /^front-\d+\.json$/.test(name))
  const records = await Promise.all(names.map((name) => readJson<FrontRecord>(join(target, name))))
  return records.filter((record) => record !== null)
}

/** Forgets a front that has ended. */
export async function removeFrontRecord(target: string, port: number): Promise<void> {
  await rm(fileOf(target, port), { force: true })
}

function fileOf(target: string, port: number): string {
  return join(target, `front-${port}.json`)
}
