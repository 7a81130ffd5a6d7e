import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeployRequest } from '../core/deployer.ts'
import { inWords } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import { answers } from './answers.ts'
import { basicEnvironment, startDetached } from './detached.ts'
import { readIfThere, readJson, writeOnce } from '../files/durable-file.ts'
import { enclosed } from './enclose.ts'
import { freePort } from './free-port.ts'
import type { ProcessSettings } from './order.ts'
import { lastLines } from './output-file.ts'
import { isAlive, markCommand, readMark, type ProcessMark } from '../processes/process-mark.ts'
import type { Instance } from './process-state.ts'
import { stopGroup } from '../processes/stop-group.ts'
import { attemptName, serviceOutput } from './target.ts'

/** Everything needed to start an instance, also once more. */
interface InstanceRecord extends Instance {
  command: string[]
  env: Record<string, string>
  hidden: string[]
  health: ProcessSettings['health']
}

const probeMilliseconds = 2_000

/**
 * Leaves its mark and then becomes the service. Of several with the same mark file only the first does, so a crash
 * between starting a process and noting it cannot lead to two.
 */
const launcher = `${markCommand} > "$1.$$" && ln "$1.$$" "$1" 2> /dev/null || { rm -f "$1.$$"; exit 0; }
rm "$1.$$"
shift
exec "$@"`

/** The folder with the unpacked release: where the instance runs. */
export function appFolder(target: string, name: string): string {
  return join(folderOf(target, name), 'app')
}

/** Decides, once, how the release of this attempt runs: its port, command and variables. */
export async function defineInstance(
  target: string,
  request: DeployRequest,
  { run, env, hidden, health }: ProcessSettings,
): Promise<Instance> {
  const name = attemptName(request)
  const { release } = request
  const port = await freePort()
  const record: InstanceRecord = {
    name,
    release: release.digest,
    version: release.version,
    port,
    command: typeof run === 'string' ? ['bash', '-e', '-o', 'pipefail', '-c', run] : run,
    env: {
      ...env,
      PORT: String(port),
      LOCKFLIGHT_PROJECT: request.project,
      LOCKFLIGHT_ENVIRONMENT: request.environment,
      LOCKFLIGHT_RELEASE: release.digest,
      LOCKFLIGHT_VERSION: release.version,
      LOCKFLIGHT_COMMIT: release.source.commit,
    },
    hidden,
    health,
  }
  await mkdir(folderOf(target, name), { recursive: true })
  await writeOnce(recordFile(target, name), JSON.stringify(record))
  const { command: _, env: __, hidden: ___, health: ____, ...instance } = await readRecord(target, name)
  return instance
}

/** Starts an instance unless it runs, and returns when it answers. Refuses with the last it printed when it does not. */
export async function startInstance(target: string, name: string): Promise<void> {
  const record = await readRecord(target, name)
  const mark = (await runningMark(target, name)) ?? (await launch(target, record))
  const deadline = performance.now() + record.health.timeoutSeconds * 1000
  while (!(await answers(healthUrl(record), probeMilliseconds)) || !isAlive(mark)) {
    if (!isAlive(mark)) await refuseStart(target, record, 'ended before it answered')
    if (performance.now() >= deadline) {
      await refuseStart(target, record, `did not answer with 2xx within ${inWords(record.health.timeoutSeconds)}`)
    }
    await sleep(50)
  }
}

/** True while the instance's process runs. */
export async function isRunning(target: string, name: string): Promise<boolean> {
  return (await runningMark(target, name)) !== null
}

/** True when the instance runs and answers its health check now. */
export async function isHealthy(target: string, name: string): Promise<boolean> {
  return (await isRunning(target, name)) && answers(healthUrl(await readRecord(target, name)), probeMilliseconds)
}

/** The port an instance was given; null when it was never defined. */
export async function portOf(target: string, name: string): Promise<number | null> {
  return (await readJson<InstanceRecord>(recordFile(target, name)))?.port ?? null
}

/** Ends an instance and all it started; harmless when it does not run. */
export async function stopInstance(target: string, name: string, graceSeconds: number): Promise<void> {
  const mark = await readMarkFile(target, name)
  if (mark) await stopGroup(mark, graceSeconds * 1000)
}

/** Removes a stopped instance with its files. */
export async function removeInstance(target: string, name: string): Promise<void> {
  await rm(folderOf(target, name), { recursive: true, force: true, maxRetries: 5 })
}

/** The names of all instances with files here, newest first. */
export async function listInstances(target: string): Promise<string[]> {
  const names = await readdir(join(target, 'instances')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      at: await stat(recordFile(target, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0, // a crash came before it was defined
      ),
    })),
  )
  return dated.toSorted((a, b) => b.at - a.at).map(({ name }) => name)
}

async function launch(target: string, { name, command, env, hidden }: InstanceRecord): Promise<ProcessMark> {
  const file = markFile(target, name)
  await rm(file, { force: true })
  const output = serviceOutput(target, name)
  const cwd = appFolder(target, name)
  const options = { cwd, env: { ...basicEnvironment(), ...env }, output }
  const inside = enclosed(command, { hidden, kept: cwd })
  const child = await startDetached('bash', ['-c', launcher, 'launcher', file, ...inside], options)
  for (;;) {
    const ended = child.exitCode !== null || child.signalCode !== null
    const mark = await readMarkFile(target, name)
    if (mark) return mark
    if (ended) throw new Error(`cannot start a process in ${options.cwd}: ${await lastLines(output)}`)
    await sleep(5)
  }
}

async function runningMark(target: string, name: string): Promise<ProcessMark | null> {
  const mark = await readMarkFile(target, name)
  return mark && isAlive(mark) ? mark : null
}

async function readMarkFile(target: string, name: string): Promise<ProcessMark | null> {
  return readMark((await readIfThere(markFile(target, name))) ?? '')
}

async function refuseStart(target: string, record: InstanceRecord, what: string): Promise<never> {
  const said = await lastLines(serviceOutput(target, record.name))
  const words = said === '' ? 'It printed nothing.' : `The last it printed:\n${said}`
  throw new Refusal('unprocessable', `release ${record.version} ${what} (GET ${healthUrl(record)}). ${words}`, {
    reason: 'unhealthy',
  })
}

async function readRecord(target: string, name: string): Promise<InstanceRecord> {
  const record = await readJson<InstanceRecord>(recordFile(target, name))
  if (!record) throw new Error(`${recordFile(target, name)} is missing`)
  return record
}

function healthUrl({ port, health }: InstanceRecord): string {
  return `http://127.0.0.1:${port}${health.path}`
}

function folderOf(target: string, name: string): string {
  return join(target, 'instances', name)
}

function recordFile(target: string, name: string): string {
  return join(folderOf(target, name), 'instance.json')
}

function markFile(target: string, name: string): string {
  return join(folderOf(target, name), 'mark')
}
