import { randomBytes } from 'node:crypto'
import { closeSync, constants, open } from 'node:fs'
import { constants as system } from 'node:os'
import { promisify } from 'node:util'
import { seconds } from '../core/duration.ts'
import type { JobEvent, JobRequest } from '../core/runner.ts'
import { createEventBatches } from './event-batches.ts'
import type { Enclosure } from './isolation.ts'
import { jobFields } from './job-fields.ts'
import { inGulps } from './in-gulps.ts'
import { createJobStop, type JobStop } from './job-stop.ts'
import { exitInWords, stepInWords, stopInWords } from './job-words.ts'
import { killLeftovers } from './leftovers.ts'
import type { LogLimits } from './log-limits.ts'
import type { JobEnd, Launcher, StartedJob } from './start-launcher.ts'
import { createStepLog, type StepLog } from './step-log.ts'
import { stepsCommand } from './steps-command.ts'

/** One job, ready to start. */
export interface StepsRun {
  request: JobRequest
  enclosure: Enclosure
  variables: Record<string, string>
  /** The FIFO the job prints into. */
  log: string
  limits: LogLimits
  graceMilliseconds: number
  record: (events: JobEvent[]) => Promise<void>
  signal: AbortSignal
}

/** How the steps ended, before anything is collected. */
export type StepsEnd = { outcome: 'succeeded' } | { outcome: 'failed' | 'cancelled'; reason: string }

/** Runs the steps of a job in its enclosure and records what happens; when it returns or throws, nothing of the job runs any more. */
export async function runSteps(launcher: Launcher, run: StepsRun): Promise<StepsEnd> {
  const { request, limits, graceMilliseconds, record, signal } = run
  const { steps, timeout } = request.definition
  const token = randomBytes(18).toString('base64url')
  const log = createStepLog({ token, steps: steps.length, secrets: Object.values(request.secrets), limits })
  const { job, output } = await start(launcher, run, token)
  const where = () => (log.begun ? stepInWords(steps, Math.min(log.step, steps.length - 1)) : 'its preparation')
  const stop = createJobStop(job, { timeoutSeconds: seconds(timeout), graceMilliseconds, signal, where })
  const batches = createEventBatches(record, () => job.end('SIGKILL'))
  try {
    for await (const chunk of inGulps(output, () => log.step >= steps.length - 1)) {
      await batches.add(log.read(chunk, new Date()))
      // The end of the last step is told without waiting for the end of what it left running.
      if (log.step === steps.length) await batches.flush()
    }
    const end = await job.ended
    await batches.add(log.end(exitCodeOf(end), new Date()))
    await batches.flush()
    return endOf(run, { log, stop, where, end })
  } finally {
    stop.dispose()
    job.end('SIGKILL')
    await job.ended
  }
}

/** The reading end is open before the job starts, or its first words would find nobody; reading begins after, or it would find the end at once. */
async function start(launcher: Launcher, run: StepsRun, token: string): Promise<{ job: StartedJob; output: number }> {
  const { enclosure, variables, request, log } = run
  const fields = jobFields({ token, variables, steps: request.definition.steps })
  const fd = await promisify(open)(log, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const command = enclosure.enclose(stepsCommand)
    const job = await launcher.start({ command, log, fields, leftovers: enclosure.leftovers })
    // A launcher that was killed takes only the first process with it.
    job.ended.catch(() => killLeftovers(enclosure.leftovers))
    return { job, output: fd }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function endOf(
  { request, graceMilliseconds }: StepsRun,
  { log, stop, where, end }: { log: StepLog; stop: JobStop; where: () => string; end: JobEnd },
): StepsEnd {
  const { cause, forced } = stop
  if (cause) {
    const reason = stopInWords({ ...cause, forced, graceSeconds: graceMilliseconds / 1000 })
    return { outcome: cause.outcome, reason }
  }
  const how = exitInWords(exitCodeOf(end))
  if (!log.begun) return { outcome: 'failed', reason: `the job could not be started (${how}): ${log.complaint.trim()}` }
  const succeeded = log.step === request.definition.steps.length && end.code === 0
  return succeeded ? { outcome: 'succeeded' } : { outcome: 'failed', reason: `${where()} ${how}` }
}

/** As a shell tells it: above 128 for a signal. */
function exitCodeOf({ code, signal }: JobEnd): number {
  return code ?? 128 + (system.signals[signal as NodeJS.Signals] ?? 0)
}
