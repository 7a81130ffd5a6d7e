import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { Home } from '../core/home.ts'
import { Refusal } from '../core/refusal.ts'
import { readText } from './read-file.ts'
import { isAlive } from './running-server.ts'

/** The process that runs a server here or is about to; undefined when there is none. */
export function serverProcess(home: Home): number | undefined {
  const pid = Number(readText(fileIn(home)))
  return pid > 0 && isAlive(pid) ? pid : undefined
}

/** Makes this process the only one that runs a server here, until it gives the place up; a place whose process died is free. */
export async function takePlace(home: Home): Promise<() => Promise<void>> {
  const file = fileIn(home)
  await mkdir(home.folder, { recursive: true, mode: 0o700 })
  if (serverProcess(home) === undefined) await rm(file, { force: true })
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const message = `process ${serverProcess(home) ?? 'another'} runs a server here; if it is something else, remove ${file}`
    throw new Refusal('conflict', message)
  }
  return () => rm(file, { force: true })
}

function fileIn({ folder }: Home): string {
  return `${folder}/server.lock`
}
