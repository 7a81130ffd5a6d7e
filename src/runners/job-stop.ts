import { inWords } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import type { StartedJob } from './start-launcher.ts'

/** Ends a job from outside: SIGTERM, then after a grace SIGKILL. */
export interface JobStop {
  /** Null while nobody has asked for the end. */
  readonly cause: { outcome: 'failed' | 'cancelled'; why: string } | null
  /** True when SIGTERM was not enough. */
  readonly forced: boolean
  /** Between two steps there is nothing left to end gracefully. */
  stepEnded(): void
  dispose(): void
}

/** Watches for the two reasons to end a job early: its time is up, or someone aborted the signal. */
export function createJobStop(
  job: StartedJob,
  {
    timeoutSeconds,
    graceMilliseconds,
    signal,
  }: { timeoutSeconds: number; graceMilliseconds: number; signal: AbortSignal },
): JobStop {
  let cause: JobStop['cause'] = null
  let forced = false
  let grace: NodeJS.Timeout | undefined

  const stop = (outcome: 'failed' | 'cancelled', why: string) => {
    if (cause) return
    cause = { outcome, why }
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
    stepEnded() {
      if (cause) job.end('SIGKILL')
    },
    dispose() {
      clearTimeout(timeout)
      clearTimeout(grace)
      signal.removeEventListener('abort', abort)
    },
  }
}
