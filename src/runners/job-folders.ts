import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Isolation, Place } from './isolation.ts'
import type { Launcher } from './start-launcher.ts'

/** What one job has on disk. */
export interface JobFolder extends Place {
  /** The FIFO that the job prints into; outside the area. */
  log: string
  remove(): Promise<void>
}

/** The folders of all jobs of this process. */
export interface JobFolders {
  create(): Promise<JobFolder>
  /** Removes all of this process's folders. */
  close(): Promise<void>
}

/** Counts the jobs of this process: two runners in it must not give the same number. */
let jobs = 0

const parts = ['workspace', 'home', 'tmp', 'outputs', 'artifacts']

/** Folders for jobs below the work folder, in one folder per server process; those of processes that are gone are removed first. */
export async function createJobFolders(
  launcher: () => Launcher,
  { isolation, workFolder }: { isolation: Isolation; workFolder: string },
): Promise<JobFolders> {
  const base = isolation === 'user' ? await passableFolder() : workFolder
  const mode = isolation === 'user' ? 0o711 : 0o700
  await mkdir(base, { recursive: true, mode })
  await sweep(launcher(), base)
  const own = join(base, `${process.pid}-${startOf(process.pid) ?? ''}-${randomUUID()}`)
  await mkdir(own, { mode })
  return {
    async create() {
      const number = jobs++
      const folder = join(own, String(number))
      const area = join(folder, 'area')
      await mkdir(folder, { mode })
      await mkdir(area, { mode: 0o700 })
      for (const part of parts) await mkdir(join(area, part), { mode: part === 'tmp' ? 0o777 : 0o755 })
      const log = join(folder, 'log')
      await launcher().run(['mkfifo', '--mode=600', log])
      return { area, number, log, remove: () => remove(launcher(), folder) }
    },
    close: () => remove(launcher(), own),
  }
}

/** A place that other users may pass through but not list; whoever else made it could read every job. */
async function passableFolder(): Promise<string> {
  const folder = join(tmpdir(), 'lockflight-jobs')
  await mkdir(folder, { mode: 0o711, recursive: true })
  const found = await lstat(folder)
  if (found.isDirectory() && found.uid === process.getuid?.()) return folder
  throw new Refusal('unavailable', `${folder}: expected a folder of this user, found someone else's; remove it`)
}

/** A job may have taken its own rights away from its folders; they are given back before the removal. */
async function remove(launcher: Launcher, folder: string): Promise<void> {
  await launcher.run([
    'bash',
    '-c',
    'rm -rf -- "$1" 2> /dev/null || { chmod -R u+rwX -- "$1"; rm -rf -- "$1"; }',
    'rm',
    folder,
  ])
}

async function sweep(launcher: Launcher, base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const [, pid, start] = /^(\d+)-(\d*)-[0-9a-f-]{36}$/.exec(name) ?? []
    if (pid && startOf(Number(pid)) !== start) await remove(launcher, join(base, name))
  }
}

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat): with the number it names one process for good. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
