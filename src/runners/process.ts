import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactStore } from '../core/artifacts.ts'
import { Refusal } from '../core/refusal.ts'
import type { Repositories } from '../core/repository.ts'
import type { JobEvent, JobRequest, JobResult, Runner } from '../core/runner.ts'
import { chooseIsolation, type Chosen } from './choose-isolation.ts'
import { collectFiles } from './collect-files.ts'
import { handOver } from './hand-over.ts'
import { enclosureOf, type Enclosure, type Isolation, type Surroundings } from './isolation.ts'
import type { JobFolder } from './job-folders.ts'
import { defaultLogLimits, type LogLimits } from './log-limits.ts'
import { createMasker } from './mask.ts'
import { undeclaredOutputs } from './read-output.ts'
import { runSteps } from './run-steps.ts'
import { startLauncher } from './start-launcher.ts'
import { withRoom } from './with-room.ts'

/** What the runner needs of its surroundings. */
export interface ProcessRunnerOptions {
  repositories: Pick<Repositories, 'checkout'>
  artifacts: ArtifactStore
  /** For jobs while they run; what a crashed server left there is removed. Hidden from jobs. */
  workFolder: string
  /** Folders and files no job may see into: keys, database, tokens. */
  hidden: string[]
  /** Credentials of this user that are not Lockflight's own; hidden where jobs get a view of their own. */
  covered?: string[]
  /** Where jobs find programs. */
  path: string
  /** How jobs may be kept apart, best first; add `none` only where jobs may read all that this server can. */
  isolations?: readonly Isolation[]
  limits?: LogLimits
  /** Between SIGTERM and SIGKILL; 5 s when absent. */
  graceMilliseconds?: number
}

/** A runner that holds processes and folders until it is closed. */
export interface ProcessRunner extends Runner {
  /** How jobs are kept apart here; refuses with what to install or allow when they cannot be. */
  isolation(): Promise<Isolation>
  /** Ends every job and removes their folders. */
  close(): Promise<void>
}

type Record = (events: JobEvent[]) => Promise<void>

/** Runs jobs as processes of this machine, each in an enclosure of its own (see isolation.ts). */
export function createProcessRunner(options: ProcessRunnerOptions): ProcessRunner {
  const { artifacts, repositories, workFolder, path, limits = defaultLogLimits, graceMilliseconds = 5000 } = options
  const accepted = options.isolations ?? ['namespaces', 'user']
  const surroundings = (): Surroundings => ({
    path,
    hidden: [...options.hidden, workFolder].map(resolved),
    covered: (options.covered ?? []).map(resolved),
  })

  let current = startLauncher(path)
  const launcher = () => (current.alive ? current : (current = startLauncher(path)))

  let chosen: Promise<Chosen> | undefined
  const choose = (): Promise<Chosen> => {
    chosen ??= chooseIsolation(launcher, { accepted, workFolder, surroundings: surroundings() })
    // Whoever asks next time tries again: what was missing may have been installed.
    chosen.catch(() => (chosen = undefined))
    return chosen
  }
  void choose()

  const runJob = async (request: JobRequest, { record, signal }: { record: Record; signal: AbortSignal }) => {
    const { isolation, folders } = await choose()
    const folder = await withRoom(workFolder, () => folders.create())
    try {
      const enclosure = enclosureOf(isolation, folder, surroundings())
      await withRoom(workFolder, () => furnish(folder, request, { repositories, artifacts }))
      await handOver(launcher(), folder, enclosure)
      const end = await runSteps(launcher(), {
        request,
        enclosure,
        variables: variablesOf(request, enclosure, path),
        log: folder.log,
        limits,
        graceMilliseconds,
        record,
        signal,
      })
      if (end.outcome !== 'succeeded') return end
      const workspace = join(enclosure.area, 'workspace')
      const finished = { request, area: folder.area, workspace, owner: enclosure.owner }
      await recordUndeclared(await undeclaredOutputs(finished), request, record)
      return await collectFiles(artifacts, finished)
    } finally {
      await folder.remove()
    }
  }

  return {
    async run(request, record, signal): Promise<JobResult> {
      try {
        return await runJob(request, { record, signal })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return { outcome: 'failed', reason: error.message }
      }
    },
    isolation: async () => (await choose()).isolation,
    async close() {
      const folders = await chosen?.then(
        (one) => one.folders,
        () => undefined,
      )
      await folders?.close()
      await current.close()
    },
  }
}

/** Puts the checkout, and the artifacts of needed jobs, where the job looks for them. */
async function furnish(
  { area }: JobFolder,
  { job, source, inputs }: JobRequest,
  { repositories, artifacts }: Pick<ProcessRunnerOptions, 'repositories' | 'artifacts'>,
): Promise<void> {
  await repositories.checkout(source.repository, source.commit, join(area, 'workspace'))
  const twice = inputs.find(({ name }, index) => inputs.findIndex((other) => other.name === name) < index)
  if (twice)
    throw new Refusal('conflict', `job ${job} needs two jobs that both give it an artifact ${twice.name}; rename one`)
  for (const { name, digest } of inputs) await artifacts.copyTo(digest, join(area, 'artifacts', name))
}

/** The job's whole environment; what the runner promises about files and programs comes last for the files, first for the rest. */
function variablesOf({ env, definition, secrets }: JobRequest, { area, temporary }: Enclosure, path: string) {
  return {
    PATH: path,
    HOME: join(area, 'home'),
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    CI: 'true',
    ...env,
    ...definition.env,
    ...secrets,
    LOCKFLIGHT_WORKSPACE: join(area, 'workspace'),
    LOCKFLIGHT_OUTPUTS: join(area, 'outputs'),
    LOCKFLIGHT_ARTIFACTS: join(area, 'artifacts'),
  }
}

async function recordUndeclared(names: string[], { definition, secrets }: JobRequest, record: Record): Promise<void> {
  if (names.length === 0) return
  const masker = createMasker(Object.values(secrets))
  const text = `outputs that the job does not declare are not kept: ${names.map((name) => JSON.stringify(name)).join(', ')}\n`
  await record([
    { kind: 'output', step: definition.steps.length - 1, at: new Date(), text: masker.push(text) + masker.flush() },
  ])
}

function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
