import { inWords } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import type { StartedJob } from './start-launcher.ts'

/** Ends a job from outside: SIGTERM, then after a grace SIGKILL. */
export interface JobStop {
  /** Null while nobody has asked for the end. */
  readonly cause: { outcome: 'failed' | 'cancelled'; why: string; where: string } | null
  /** True when SIGTERM was not enough. */
  readonly forced: boolean
  dispose(): void
}

/** What may end a job early, and where it is then. */
export interface JobStopOptions {
  timeoutSeconds: number
  graceMilliseconds: number
  signal: AbortSignal
  where: () => string
}

/** Watches for the two reasons to end a job early: its time is up, or someone aborted the signal. */
export function createJobStop(
  job: StartedJob,
  { timeoutSeconds, graceMilliseconds, signal, where }: JobStopOptions,
): JobStop {
  let cause: JobStop['cause'] = null
  let forced = false
  let grace: NodeJS.Timeout | undefined

  const stop = (outcome: 'failed' | 'cancelled', why: string) => {
    if (cause) return
    cause = { outcome, why, where: where() }
    job.end('SIGTERM')
    grace = setTimeout(() => {
      forced = true
      job.end('SIGKILL')
    }, graceMilliseconds)
  }
  const abort = () => stop('cancelled', signal.reason instanceof Refusal ? signal.reason.message : 'cancelled')
  const timeout = setTimeout(() => stop('failed', `timed out after ${inWords(timeoutSeconds)}`), timeoutSeconds * 1000)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()

  return {
    get cause() {
      return cause
    },
    get forced() {
      return forced
    },
    dispose() {
      clearTimeout(timeout)
      clearTimeout(grace)
      signal.removeEventListener('abort', abort)
    },
  }
}
