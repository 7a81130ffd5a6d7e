import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from '../answer.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { exitCodes, type ExitCode } from '../exit-code.ts'
import { timeout, timeoutMilliseconds } from '../timeout.ts'
import { drillText, drillsText } from '../views/drills-view.ts'
import { limit, wholeNumber } from '../whole-number.ts'

const pauseMilliseconds = 250

/** Practises a rollback, and with --wait tells how it went. */
export const drill = command({
  options: {
    env: { value: 'environment', says: 'where', required: true },
    reason: { value: 'text', says: 'why', required: true },
    wait: { says: 'until it is over' },
    timeout,
  },
  async run(context, { env: environment, reason, wait, timeout: patience }) {
    const milliseconds = timeoutMilliseconds(patience)
    const project = await context.project()
    const { id } = await context.ask((client) => client.requestDrill({ project, environment, reason }))
    return follow(context, { project, environment, id }, wait ? milliseconds : 0)
  },
})

/** Lists the newest drills of an environment. */
export const listDrills = command({
  options: { env: { value: 'environment', says: 'where', required: true }, limit },
  async run(context, { env: environment, limit: most }) {
    const project = await context.project()
    const query = { project, environment, limit: wholeNumber('--limit', most) }
    context.show(await context.ask((client) => client.listDrills(query)), drillsText)
  },
})

interface Place {
  project: string
  environment: string
  id: string
}

async function follow(context: Context, place: Place, patienceMilliseconds: number): Promise<ExitCode> {
  const interrupted = context.interruption()
  const deadline = Date.now() + patienceMilliseconds
  for (;;) {
    const found = await look(context, place)
    const isOver = found.state !== 'running'
    if (isOver || interrupted.aborted || Date.now() > deadline) {
      context.show(found, drillText)
      if (interrupted.aborted) return exitCodes.interrupted
      if (isOver) return found.state === 'succeeded' ? exitCodes.ok : exitCodes.failed
      return patienceMilliseconds === 0 ? exitCodes.ok : exitCodes.timeout
    }
    await pause(pauseMilliseconds)
  }
}

async function look(context: Context, { id, ...place }: Place): Promise<Answer<'listDrills'>['items'][number]> {
  const { items } = await context.ask((client) => client.listDrills({ ...place, limit: 50 }))
  const found = items.find((one) => one.id === id)
  if (!found) throw new Error(`drill ${id} is not among the newest drills of ${place.environment}`)
  return found
}
