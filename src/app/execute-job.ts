import { outputVariable, type JobDefinition } from '../core/pipeline.ts'
import { Refusal } from '../core/refusal.ts'
import { mostResultsBytes, resultsBytes, type Report } from '../core/report.ts'
import { jobStream, type Run, type RunJob, type StepMark } from '../core/run.ts'
import type { JobEvent, JobRequest, JobResult } from '../core/runner.ts'
import type { App } from './app.ts'
import { attemptHead, createJobText, type TextPiece } from './job-text.ts'

const reportLimitBytes = 64 * 1_048_576

/** Runs one job until an attempt succeeds or its retries are used up; an aborted one comes back `pending`, or `cancelled` when someone asked for that. */
export async function executeJob(
  app: App,
  run: Run,
  job: RunJob,
  others: RunJob[],
  signal: AbortSignal,
): Promise<RunJob> {
  const definition = run.pipeline.jobs[job.name]
  if (!definition) throw new Error(`run ${run.id} has no job ${job.name} in its pipeline`)
  let current = job
  for (let tries = 0; tries <= definition.retries; tries++) {
    current = await beginAttempt(app, run, current)
    const ended = await attempt(app, run, current, definition, others, signal)
    // A worker that is stopping says nothing about the job, which is not interrupted as by one that died.
    if (signal.aborted && !(await wasCancelled(app, run))) return saveJob(app, run, { ...current, state: 'pending' })
    current = await endAttempt(app, run, ended)
    if (current.state !== 'failed' || signal.aborted) return current
  }
  return current
}

async function wasCancelled(app: App, run: Run): Promise<boolean> {
  return (await app.store.read((tx) => tx.runs.load(run.id))).cancelledBy !== null
}

async function beginAttempt(app: App, run: Run, job: RunJob): Promise<RunJob> {
  return app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    const begun: RunJob = {
      ...job,
      state: 'running',
      attempt: job.attempt + 1,
      reason: '',
      startedAt: tx.now,
      finishedAt: null,
    }
    await tx.runs.saveJob(begun)
    if (job.attempt > 0) {
      const stream = jobStream(run.id, job.name, begun.attempt)
      await tx.logText.append(stream, [{ at: tx.now, text: attemptHead(job) }])
    }
    return begun
  })
}

async function attempt(
  app: App,
  run: Run,
  job: RunJob,
  definition: JobDefinition,
  others: RunJob[],
  signal: AbortSignal,
): Promise<RunJob> {
  try {
    const request = await requestOf(app, run, job, definition, others)
    const textOf = createJobText(definition.steps)
    const store = (events: JobEvent[]) => record(app, run, job, { events, pieces: textOf(events) })
    const result = await app.runner.run(request, store, signal)
    return await resultOf(app, job, result)
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason === 'run_taken_over') throw error
    return { ...job, state: 'failed', reason: error.message }
  }
}

async function endAttempt(app: App, run: Run, job: RunJob): Promise<RunJob> {
  return app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    const ended = { ...job, finishedAt: tx.now }
    await tx.runs.saveJob(ended)
    return ended
  })
}

async function saveJob(app: App, run: Run, job: RunJob): Promise<RunJob> {
  return app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    await tx.runs.saveJob(job)
    return job
  })
}

async function requestOf(
  app: App,
  run: Run,
  job: RunJob,
  definition: JobDefinition,
  others: RunJob[],
): Promise<JobRequest> {
  const needed = others.filter(({ name }) => definition.needs.includes(name))
  return {
    project: run.project,
    run: run.id,
    job: job.name,
    attempt: job.attempt,
    definition,
    source: run.source,
    env: { ...run.pipeline.env, ...describe(run, job), ...Object.fromEntries(needed.flatMap(outputVariables)) },
    secrets: await openSecrets(app, run.project, definition.secrets),
    inputs: needed.flatMap(({ artifacts }) => artifacts),
  }
}

function describe(run: Run, job: RunJob): Record<string, string> {
  return {
    LOCKFLIGHT_PROJECT: run.project,
    LOCKFLIGHT_RUN: run.id,
    LOCKFLIGHT_RUN_NUMBER: String(run.number),
    LOCKFLIGHT_JOB: job.name,
    LOCKFLIGHT_COMMIT: run.source.commit,
    LOCKFLIGHT_BRANCH: run.source.branch ?? '',
  }
}

function outputVariables({ name, outputs }: RunJob): [string, string][] {
  return Object.entries(outputs).map(([output, value]) => [outputVariable(name, output), value])
}

async function openSecrets(app: App, project: string, names: string[]): Promise<Record<string, string>> {
  if (names.length === 0) return {}
  const sealed = await app.store.read((tx) => tx.secrets.sealed(project, names))
  return Object.fromEntries(
    Object.entries(sealed).map(([name, bytes]) => [name, app.secretBox.open(bytes, `${project}/${name}`)]),
  )
}

/** Stores what the job printed and how its steps went, in one transaction per batch. */
async function record(
  app: App,
  run: Run,
  job: RunJob,
  { events, pieces }: { events: JobEvent[]; pieces: TextPiece[] },
): Promise<void> {
  await app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    if (pieces.length > 0) await tx.logText.append(jobStream(run.id, job.name, job.attempt), pieces)
    const marks = events.flatMap((event) => (event.kind === 'output' ? [] : [markOf(event)]))
    if (marks.length > 0) await tx.runs.markSteps({ run: run.id, job: job.name, attempt: job.attempt }, marks)
  })
}

function markOf(event: Exclude<JobEvent, { kind: 'output' }>): StepMark {
  return event.kind === 'step-started'
    ? { index: event.step, startedAt: event.at, finishedAt: null, exitCode: null }
    : { index: event.step, startedAt: null, finishedAt: event.at, exitCode: event.exitCode }
}

async function resultOf(app: App, job: RunJob, result: JobResult): Promise<RunJob> {
  switch (result.outcome) {
    case 'failed':
    case 'cancelled':
      return { ...job, state: result.outcome, reason: result.reason }
    case 'succeeded': {
      const reports: Report[] = []
      // One after the other: each may take a lot of room.
      for (const report of result.reports) reports.push(await readReport(app, job, report))
      const size = resultsBytes(reports)
      if (size > mostResultsBytes) {
        const reason = `expected reports that say at most ${mostResultsBytes} bytes together, found ${size}`
        return { ...job, state: 'failed', reason }
      }
      return { ...job, state: 'succeeded', outputs: result.outputs, artifacts: result.artifacts, reports }
    }
  }
}

async function readReport(
  app: App,
  job: RunJob,
  { use, path, digest, root }: Extract<JobResult, { outcome: 'succeeded' }>['reports'][number],
): Promise<Report> {
  const reader = app.reports[use]
  if (!reader)
    throw new Refusal('invalid', `report ${path}: expected one of ${Object.keys(app.reports).join(', ')}, found ${use}`)
  try {
    const results = reader.read(await app.artifacts.read(digest, reportLimitBytes), { root })
    return { format: use, job: job.name, path, digest, results }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, `report ${path}: ${error.message}`, {
      reason: error.reason,
      cause: error,
    })
  }
}
