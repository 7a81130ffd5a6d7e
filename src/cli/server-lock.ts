import { randomUUID } from 'node:crypto'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import type { Home } from '../core/home.ts'
import { Refusal } from '../core/refusal.ts'
import { isAlive, markLine, ownMark, readMarkLine } from '../processes/process-mark.ts'
import { readText } from './read-file.ts'

const { readdirSync } = process.getBuiltinModule('node:fs')

/*
 * Places are files with the mark of a process, numbered; the highest counts and is only ever replaced by a higher one.
 * So of several that find its process dead, one alone can make the next.
 */

/** Where a place is. */
type Place = Pick<Home, 'folder'>

/** The process that runs a server here or is about to; undefined when there is none. */
export function serverProcess(home: Place): number | undefined {
  const mark = readMarkLine(readText(fileOf(home, newest(home))) ?? '')
  return isAlive(mark) ? mark.pid : undefined
}

/** Makes this process the only one that runs a server here, until it gives the place up; a place whose process died is free. */
export async function takePlace(home: Place): Promise<() => Promise<void>> {
  await mkdir(home.folder, { recursive: true, mode: 0o700 })
  const last = newest(home)
  if (serverProcess(home) !== undefined) throw taken(home)
  const mine = fileOf(home, last + 1)
  const draft = `${mine}.${randomUUID()}`
  await writeFile(draft, `${markLine(ownMark())}\n`, { mode: 0o600 })
  try {
    await link(draft, mine)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(home) : error
  } finally {
    await rm(draft)
  }
  // Others may have come and gone since the first look.
  if (newest(home) !== last + 1) {
    await rm(mine)
    throw taken(home)
  }
  await rm(fileOf(home, last), { force: true })
  return () => writeFile(mine, '')
}

function taken(home: Place): Refusal {
  const file = fileOf(home, newest(home))
  return new Refusal(
    'conflict',
    `process ${serverProcess(home) ?? 'another'} runs a server in ${home.folder}; if it is something else, remove ${file}`,
    { reason: 'server_runs' },
  )
}

/** 0 before the first. */
function newest({ folder }: Place): number {
  const numbers = filesIn(folder).flatMap((name) => /^server\.lock\.(\d+)$/.exec(name)?.[1] ?? [])
  return Math.max(0, ...numbers.map(Number))
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function fileOf({ folder }: Place, number: number): string {
  return `${folder}/server.lock.${number}`
}
