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

/** One step of a job as it went. */
export interface StepRecord {
  run: string
  job: string
  attempt: number
  index: number
  startedAt: Date
  finishedAt: Date | null
  exitCode: number | null
}

/** News about a step: when it started, or how it finished. */
export interface StepMark extends Omit<StepRecord, 'startedAt'> {
  startedAt: Date | null
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
  markSteps(marks: StepMark[]): Promise<void>
}
