import type { ActorId } from './actor.ts'
import type { Digest } from './digest.ts'
import type { Before } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import type { Artifact, Source } from './release.ts'
import type { Report } from './report.ts'

/** Where a run can stand; the last three are final. */
export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type RunState = (typeof runStates)[number]

/** One execution of a pipeline for one commit. */
export interface Run {
  id: string
  project: string
  /** Counts up within the project. */
  number: number
  source: Source
  /** The commit's author e-mail, lower-case; only ever used to exclude a person from approving. */
  authorEmail: string
  committedAt: Date
  pipeline: Pipeline
  configurationDigest: Digest
  state: RunState
  /** Why it failed or was cancelled; empty otherwise. */
  reason: string
  requestedBy: ActorId
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  release: Digest | null
  /** Set when someone asked to cancel; the worker ends the jobs and then the run. */
  cancelledBy: ActorId | null
  /** Counts up each time a worker takes the run; an earlier worker's writes are refused. */
  execution: number
  version: number
}

/** Where a job of a run can stand; all but `pending` and `running` are final. */
export const jobStates = ['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]

/** One job of a run, with what its latest attempt produced. */
export interface RunJob {
  run: string
  name: string
  state: JobState
  attempt: number
  /** How often a worker died while running it. */
  interruptions: number
  reason: string
  outputs: Record<string, string>
  artifacts: Artifact[]
  reports: Report[]
  startedAt: Date | null
  finishedAt: Date | null
}

/** One of the tries of a job. */
export interface JobAttempt {
  run: string
  job: string
  attempt: number
}

/** News about a step: when it started, or how it finished. */
export interface StepMark {
  index: number
  startedAt: Date | null
  finishedAt: Date | null
  exitCode: number | null
}

/** One step of a job as it went. */
export interface StepRecord extends JobAttempt, StepMark {
  startedAt: Date
}

/** The name of a job attempt's log in `LogText`. */
export function jobStream(run: string, job: string, attempt: number): string {
  return `run/${run}/${job}/${attempt}`
}

/** Runs and their jobs. */
export interface Runs {
  get(project: string, id: string): Promise<Run>
  /** For a worker that knows only the id. */
  load(id: string): Promise<Run>
  /** The same, and locks the row for the length of the transaction. */
  lock(id: string): Promise<Run>
  /** Locks the row for one execution of the run; without this, a worker that was believed dead could write over the one that took over. The transaction fails with `conflict`, `run_taken_over`, when the run has ended or another execution has begun. */
  lockExecution(run: Pick<Run, 'id' | 'execution'>): Promise<void>
  add(run: Run): Promise<void>
  nextNumber(project: string): Promise<number>
  /** Refuses with `conflict` when someone else saved a newer version. */
  save(run: Run): Promise<void>
  /** The ids of those that have not ended. */
  unfinished(): Promise<string[]>
  list(query: { project: string; state?: RunState; limit: number; before?: Before }): Promise<Run[]>
  jobs(run: string): Promise<RunJob[]>
  saveJob(job: RunJob): Promise<void>
  steps(run: string): Promise<StepRecord[]>
  /** Merges marks into the step records: null leaves what is there. */
  markSteps(of: JobAttempt, marks: StepMark[]): Promise<void>
}
