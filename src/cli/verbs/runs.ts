import { Refusal } from '../../core/refusal.ts'
import { runStates } from '../../core/run.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { followRun } from '../follow-run.ts'
import { lineWriter, timestamps } from '../show-lines.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { runsText, runText } from '../views/run-view.ts'

const which = { run: { says: 'its number or id' } }

/** Lists the newest runs. */
export const listRuns = command({
  options: { limit, state: { value: 'state', choices: runStates, says: 'only these' } },
  async run(context, { limit: most, state }) {
    const query = { project: await context.project(), limit: wholeNumber('--limit', most), ...(state && { state }) }
    context.show(await context.ask((client) => client.listRuns(query)), runsText)
  },
})

/** Shows one run with its jobs and steps. */
export const showRun = command({
  arguments: which,
  async run(context, { run }) {
    const where = await findRun(context, run)
    context.show(await context.ask((client) => client.getRun(where)), runText)
  },
})

/** Asks the worker to end a run. */
export const cancelRun = command({
  arguments: which,
  options: { reason: { value: 'text', says: 'why' } },
  async run(context, { run, reason }) {
    const where = await findRun(context, run)
    const answer = await context.ask((client) => client.cancelRun({ ...where, ...(reason && { reason }) }))
    context.show(answer, ({ number, state }) => `run #${number} is ${state === 'cancelled' ? '' : 'being '}cancelled`)
  },
})

/** Shows what the jobs of a run print, until it has ended; with --json one line for each. */
export const showLogs = command({
  arguments: which,
  options: {
    job: { value: 'name', says: 'only this job' },
    attempt: { value: 'number', says: 'only this attempt; by default the latest, and those that follow it' },
    timestamps,
  },
  async run(context, { run, job, attempt, timestamps: stamped }) {
    const one = attempt === undefined ? undefined : wholeNumber('--attempt', attempt)
    const where = { ...(await findRun(context, run)), ...(job && { job }) }
    if (job !== undefined || one !== undefined) await expectAttempt(context, where, one ?? 0)
    await followRun(context, { ...where, attempts: one ?? 'latest', write: lineWriter(context, stamped) })
  },
})

async function expectAttempt(
  context: Context,
  { job, ...where }: { project: string; id: string; job?: string },
  attempt: number,
): Promise<void> {
  const { number, jobs } = await context.ask((client) => client.getRun(where))
  const names = jobs.map(({ name }) => name)
  if (job !== undefined && !names.includes(job))
    throw new Refusal('not_found', `run #${number} has no job ${job}; it has ${names.join(', ')}`)
  const latest = Math.max(0, ...jobs.flatMap((each) => (job === undefined || each.name === job ? each.attempt : [])))
  if (attempt <= latest) return
  const what = job === undefined ? `no job of run #${number} has had an` : `job ${job} of run #${number} has had no`
  const had = latest === 0 ? 'none has begun' : `the latest is ${latest}`
  throw new Refusal('not_found', `${what} attempt ${attempt}; ${had}`)
}

/** A run by its id, or by its number within the project. */
async function findRun(context: Context, name: string): Promise<{ project: string; id: string }> {
  const project = await context.project()
  const number = /^#?(\d{1,9})$/.exec(name)?.[1]
  if (number === undefined) return { project, id: name }
  let cursor: string | undefined
  do {
    const query = { project, limit: 200, ...(cursor && { cursor }) }
    const page = await context.ask((client) => client.listRuns(query))
    const run = page.items.find((each) => each.number === Number(number))
    if (run) return { project, id: run.id }
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  throw new Refusal('not_found', `expected a run of ${project}; found no #${number}`)
}
