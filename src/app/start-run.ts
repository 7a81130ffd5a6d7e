import type { Actor } from '../core/actor.ts'
import { digestOfJson } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Run } from '../core/run.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

const configurationFile = 'lockflight.yaml'
const configurationLimitBytes = 1_048_576

/** Queues a run of the pipeline that the commit itself defines; gates and environments come only from what was applied. */
export async function startRun(
  app: App,
  actor: Actor,
  { project, repository, ref }: { project: string; repository: string; ref: string },
): Promise<Run> {
  const place = { project, environment: null }
  await app.store.read((tx) => demand(app, tx, actor, 'run.start', place))
  const commit = await app.repositories.resolve(repository, ref)
  const bytes = await app.repositories.read(repository, commit.id, configurationFile, configurationLimitBytes)
  const configuration = app.readConfiguration(decode(bytes), configurationFile)
  const { pipeline } = configuration
  if (configuration.project !== project) {
    throw new Refusal('invalid', `${configurationFile}: expected project ${project}, found ${configuration.project}`)
  }
  if (!pipeline) {
    throw new Refusal(
      'invalid',
      `${configurationFile} of commit ${commit.id} has no pipeline; add one, or run another commit`,
    )
  }

  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'run.start', place)
    await tx.revisions.current(project)
    const run: Run = {
      id: app.newId(),
      project,
      number: await tx.runs.nextNumber(project),
      source: { repository: app.repositories.nameOf(repository), commit: commit.id, branch: commit.branch },
      authorEmail: commit.authorEmail,
      committedAt: commit.committedAt,
      pipeline,
      configurationDigest: digestOfJson(configuration),
      state: 'queued',
      reason: '',
      requestedBy: actor.id,
      createdAt: tx.now,
      startedAt: null,
      finishedAt: null,
      release: null,
      cancelledBy: null,
      execution: 0,
      version: 0,
    }
    await tx.runs.add(run)
    for (const name of Object.keys(pipeline.jobs)) {
      await tx.runs.saveJob({
        run: run.id,
        name,
        state: 'pending',
        attempt: 0,
        interruptions: 0,
        reason: '',
        outputs: {},
        artifacts: [],
        reports: [],
        startedAt: null,
        finishedAt: null,
      })
    }
    const { number, source } = run
    await tx.log({ type: 'run.queued', actor: actor.id, project, subject: run.id, data: { number, source } })
    await tx.enqueue({ verb: 'execute-run', run: run.id })
    return run
  })
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('invalid', `${configurationFile}: expected UTF-8 text`, { cause })
  }
}
