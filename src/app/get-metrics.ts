import type { Actor } from '../core/actor.ts'
import { dayOf, doraMetrics, type DoraMetrics } from '../core/dora.ts'
import { after } from '../core/duration.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { definitionOf } from './request-promotion.ts'

/** The metrics of one environment over the days asked for. */
export interface EnvironmentMetrics extends DoraMetrics {
  environment: string
}

/** The five metrics of each environment over the last days, today included. */
export async function getMetrics(
  app: App,
  actor: Actor,
  { project, environment, windowDays }: { project: string; environment?: string; windowDays: number },
): Promise<{ items: EnvironmentMetrics[] }> {
  return readProject(app, actor, project, async (tx) => {
    if (environment !== undefined) await definitionOf(tx, project, environment)
    const { configuration } = await tx.revisions.current(project)
    const names = environment === undefined ? Object.keys(configuration.environments) : [environment]
    const items: EnvironmentMetrics[] = []
    for (const name of names) items.push(await metricsOf(tx, { project, environment: name }, windowDays))
    return { items }
  })
}

/** The metrics of one environment; a day counts whole, in UTC. */
export async function metricsOf(
  tx: Transaction,
  place: { project: string; environment: string },
  windowDays: number,
): Promise<EnvironmentMetrics> {
  const from = dayOf(after(tx.now, -(windowDays - 1) * 86_400))
  const sums = await tx.entries.deliveries(from, place)
  return { environment: place.environment, ...doraMetrics(sums, windowDays) }
}
