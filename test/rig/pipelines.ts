import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRun } from '../../src/app/get-run.ts'
import { readRunLog } from '../../src/app/read-run-log.ts'
import { startRun } from '../../src/app/start-run.ts'
import type { Run, RunJob } from '../../src/core/run.ts'
import { startApp } from './app.ts'
import { createRealApp } from './real-app.ts'
import { createRepository, type TestCommit } from './repository.ts'

/** How a run ended, with each job by its name. */
export interface Went {
  run: Run
  jobs: Record<string, RunJob>
}

/** Pipelines as they really are: the system's own parts over a real repository, with jobs done when the test says so. */
export async function startPipelines() {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-pipelines-'))
  const home = join(folder, 'home')
  const undo: (() => Promise<unknown>)[] = []
  const rig = await startApp('{ project: shop, environments: {} }', {
    createApp: (store) => createRealApp(home, store, (step) => undo.push(step)),
  })
  const { app, admin, project } = rig
  const repository = await createRepository(join(folder, 'shop'))

  /** Commits a pipeline, given as its jobs in YAML, with the files it needs; the branch points there. */
  const commit = (jobs: string, { files = {}, ...about }: Partial<TestCommit> = {}) =>
    repository.commit({ ...about, files: { 'lockflight.yaml': fileOf(jobs), ...files } })

  const start = (ref = 'main', from = repository.folder) => startRun(app, admin, { project, repository: from, ref })

  const wentOf = async (id: string): Promise<Went> => {
    const { jobs, ...run } = await getRun(app, admin, { project, id })
    return { run, jobs: Object.fromEntries(jobs.map((job) => [job.name, job])) }
  }

  return {
    ...rig,
    folder,
    home,
    repository,
    commit,
    start,
    went: wentOf,
    /** Commits, runs and looks. */
    async run(jobs: string, about: Partial<TestCommit> = {}): Promise<Went> {
      await commit(jobs, about)
      const { id } = await start(about.branch ?? 'main')
      await rig.drain()
      return wentOf(id)
    },
    /** What an attempt of a job printed, the latest when none is named. */
    async log(id: string, job: string, attempt?: number): Promise<string> {
      const query = { project, id, job, from: 0, limit: 10_000, ...(attempt !== undefined && { attempt }) }
      const { pieces } = await readRunLog(app, admin, query)
      return pieces.map(({ text }) => text).join('')
    },
    async stop() {
      for (const step of undo.toReversed()) await step()
      await rig.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
export type PipelinesRig = Awaited<ReturnType<typeof startPipelines>>

/** A lockflight.yaml whose pipeline has those jobs. */
function fileOf(jobs: string): string {
  return `project: shop\npipeline:\n  jobs:\n${jobs.replaceAll(/^/gm, '    ')}`
}
