import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { createLines } from '../lines.ts'
import { lineWriter, timestamps } from '../show-lines.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { deploymentsText } from '../views/deployments-view.ts'

const pauseMilliseconds = 150

/** Lists deployments of one environment, or of all. */
export const deployments = command({
  options: { limit, env: { value: 'environment', says: 'only there' } },
  async run(context, { limit: most, env }) {
    const count = wholeNumber('--limit', most)
    const project = await context.project()
    const environments = env === undefined ? await namesOf(context, project) : [env]
    const lists = await Promise.all(
      environments.map((environment) =>
        context.ask((client) => client.listDeployments({ project, environment, limit: count })),
      ),
    )
    const items = lists.flatMap((list) => list.items).toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
    context.show({ items: items.slice(0, count) }, deploymentsText)
  },
})

/** Shows what the newest deployment of a promotion prints, until it has ended; with --json one line for each. */
export const showDeploymentLogs = command({
  arguments: { promotion: { says: 'its id' } },
  options: { timestamps },
  async run(context, { promotion: id, timestamps: stamped }) {
    const project = await context.project()
    const { attempt } = await context.ask((client) => client.getPromotion({ project, id }))
    if (attempt === 0) {
      throw new Refusal('conflict', `promotion ${id} has deployed nothing yet; why not: lockflight why ${id}`)
    }
    const write = lineWriter(context, stamped)
    const whose = { promotion: id, attempt }
    const lines = createLines((line) => write({ ...whose, ...line }, ''))
    for (let from = 0; ;) {
      const query = { project, id, attempt, from }
      const { pieces, next, done } = await context.ask((client) => client.readDeploymentLog(query))
      for (const { text, at } of pieces) lines.add(text, at)
      if (done) return lines.end()
      if (next === from) await pause(pauseMilliseconds)
      from = next
    }
  },
})

async function namesOf(context: Context, project: string): Promise<string[]> {
  const { environments } = await context.ask((client) => client.getStatus({ project }))
  return environments.map(({ name }) => name)
}
