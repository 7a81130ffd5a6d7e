import { Refusal } from '../../core/refusal.ts'
import { runStates } from '../../core/run.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { followRun } from '../follow-run.ts'
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

/** Shows what the jobs of a run print, until it has ended. */
export const showLogs = command({
  arguments: which,
  options: { job: { value: 'name', says: 'only this job' } },
  async run(context, { run, job }) {
    const where = await findRun(context, run)
    if (job !== undefined) await expectJob(context, { ...where, job })
    const write = (line: string) => void process.stdout.write(`${line}\n`)
    await followRun(context, { ...where, ...(job && { job }), write })
  },
})

async function expectJob(context: Context, { job, ...where }: { project: string; id: string; job: string }) {
  const { number, jobs } = await context.ask((client) => client.getRun(where))
  const names = jobs.map(({ name }) => name)
  if (names.includes(job)) return
  throw new Refusal('not_found', `run #${number} has no job ${job}; it has ${names.join(', ')}`)
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
