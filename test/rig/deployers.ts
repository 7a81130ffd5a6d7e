import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFileArtifacts } from '../../src/artifacts/file-artifacts.ts'
import type { ArtifactStore } from '../../src/core/artifacts.ts'
import type { Deployer, DeployRequest, DeployResult, Phase } from '../../src/core/deployer.ts'
import { createCommandDeployer } from '../../src/deployers/command.ts'
import { createFronts } from '../../src/deployers/fronts.ts'
import { createProcessDeployer } from '../../src/deployers/process.ts'
import { stopTargets } from '../../src/deployers/stop-targets.ts'
import { readEvents, targetFolder } from '../../src/deployers/target.ts'
import { runCommand } from '../../src/runners/run-command.ts'
import { packRelease, testTarget, type TestRelease } from './releases.ts'

/** Folders, a store and deployers on them; `end` stops every process that came of it. */
export async function startDeployers() {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-deployers-'))
  const targets = join(folder, 'targets')
  const store = join(folder, 'store')
  const artifacts = createFileArtifacts({ folder: store })
  await shareCompiledCode(targets)
  return {
    folder,
    targets,
    artifacts,
    store,
    fronts: createFronts({ folder: targets }),
    /** A new one each time, as after a restart of Lockflight. */
    process: (from: ArtifactStore = artifacts) =>
      createProcessDeployer({ artifacts: from, folder: targets, hidden: [folder] }),
    command: (from: ArtifactStore = artifacts) =>
      createCommandDeployer({ artifacts: from, folder: targets, outside: { command: runCommand } }),
    pack: (name: string, files?: Record<string, string>) => packRelease(artifacts, name, files),
    target: (environment = 'prod') => {
      const place = testTarget('tiny', environment)
      const path = targetFolder(targets, place)
      return { ...place, path, events: () => readEvents(path) }
    },
    /** Overwrites the stored bytes of a release, as a thief with access to the disk would. */
    async tamper({ artifacts: [artifact] }: TestRelease) {
      const hex = artifact!.digest.slice('sha256:'.length)
      const file = join(store, 'sha256', hex.slice(0, 2), hex)
      const bytes = await readFile(file)
      bytes[bytes.length >> 1]! ^= 1
      await rm(file)
      await writeFile(file, bytes)
    },
    async end() {
      await stopTargets(targets, 2)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Lets the executors of these targets use the code that those of other tests have compiled, where that is kept, instead of each beginning with none. */
export async function shareCompiledCode(targets: string): Promise<void> {
  const compiled = process.env['NODE_COMPILE_CACHE']
  if (compiled === undefined) return
  await mkdir(targets, { recursive: true, mode: 0o700 })
  await symlink(compiled, join(targets, '.cache')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

export type DeployersRig = Awaited<ReturnType<typeof startDeployers>>

/** Asks until the answer is no longer `running`, as the worker does. */
export async function deployed(
  deployer: Deployer,
  config: unknown,
  request: DeployRequest,
): Promise<Exclude<DeployResult, { outcome: 'running' }>> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline;) {
    const result = await deployer.deploy(config, request)
    if (result.outcome !== 'running') return result
  }
  throw new Error('still running after 60 s')
}

/** Waits until that is true. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(10)) {
    if (await holds()) return
  }
  throw new Error(`not within 20 s: ${what}`)
}

/** The command lines of all processes that mention that folder. */
export async function processesOf(folder: string): Promise<{ pid: number; command: string; cwd: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      command: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
      cwd: await readlink(`/proc/${pid}/cwd`).catch(() => ''),
    })),
  )
  return all.filter(({ command, cwd }) => command !== '' && (command.includes(folder) || cwd.startsWith(folder)))
}

/** The phases of a target's log as short words: `start p1 started`. */
export function told(events: { phase: Phase; promotion: string; event: string }[]): string[] {
  return events.map(({ phase, promotion, event }) => `${promotion} ${phase} ${event}`)
}

/** Where a deployment that went well answers; throws when it did not. */
export function urlOf(result: DeployResult): string {
  if (result.outcome !== 'succeeded') throw new Error(JSON.stringify(result))
  return result.observed.url ?? ''
}

/** What answers there; throws unless it is a 2xx. */
export async function textOf(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${response.status}`)
  return response.text()
}
