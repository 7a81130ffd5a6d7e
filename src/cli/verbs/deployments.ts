import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { deploymentsText } from '../views/deployments-view.ts'

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

async function namesOf(context: Context, project: string): Promise<string[]> {
  const { environments } = await context.ask((client) => client.getStatus({ project }))
  return environments.map(({ name }) => name)
}
