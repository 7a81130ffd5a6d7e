import type { Digest } from './digest.ts'
import type { JobDefinition } from './pipeline.ts'

/** One job to run: everything the runner may know, and nothing else. */
export interface JobRequest {
  project: string
  run: string
  job: string
  attempt: number
  definition: JobDefinition
  source: { repository: string; commit: string; branch: string | null }
  /** The pipeline's variables, the documented LOCKFLIGHT_* ones and the outputs of needed jobs; a job or step may add its own. */
  env: Record<string, string>
  /** Name → value; given to the job as variables, and masked in everything it prints. */
  secrets: Record<string, string>
  /** Artifacts of needed jobs, put at $LOCKFLIGHT_ARTIFACTS/<name> after their digest was checked. */
  inputs: { name: string; digest: Digest }[]
}

/** What happens inside a job, in the order it happened; `at` is when the runner saw it. */
export type JobEvent =
  | { kind: 'output'; step: number; at: Date; text: string }
  | { kind: 'step-started'; step: number; at: Date }
  | { kind: 'step-finished'; step: number; at: Date; exitCode: number }

/** How a job ended; files are already in the artifact store. */
export type JobResult =
  | {
      outcome: 'succeeded'
      outputs: Record<string, string>
      artifacts: { name: string; digest: Digest; sizeBytes: number }[]
      /** Raw report files, still to be read by the matching reader; `root` is where the checkout lay for the job. */
      reports: { use: string; path: string; digest: Digest; root?: string }[]
    }
  | { outcome: 'failed'; reason: string }
  | { outcome: 'cancelled'; reason: string }

/** Runs one job of a pipeline in a fresh checkout; nothing it started survives it. */
export interface Runner {
  /** `record` gets events in order, in batches; the runner waits for it, so a slow store slows the job and loses nothing. Aborting the signal ends the job's whole process group. */
  run(request: JobRequest, record: (events: JobEvent[]) => Promise<void>, signal: AbortSignal): Promise<JobResult>
}
