import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { App } from '../app/app.ts'
import { countDenials } from '../app/count-denials.ts'
import { countEntries } from '../app/count-entries.ts'
import { getMetrics, type EnvironmentMetrics } from '../app/get-metrics.ts'
import { listProjects } from '../app/list-projects.ts'
import type { Actor } from '../core/actor.ts'
import { addCounters, addDenials } from './counters.ts'
import type { Desk } from './endpoints.ts'
import { admitTo } from './odd-one.ts'
import { addSinkGauges } from './sink-gauges.ts'

const scrape = { name: 'scrapeMetrics', method: 'GET', permission: 'project.read', input: z.strictObject({}) } as const

/** The windows of the delivery metrics, in days; others are in the API. */
const windows = [7, 30, 90]

/** Serves `/metrics` for Prometheus: this process, its requests, and the delivery metrics of every project the caller may read. */
export function serveMetrics(server: FastifyInstance, desk: Desk): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'lockflight_http_request_duration_seconds',
    help: 'How long requests took, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  addSinkGauges(registry, desk.app.sinks)
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  server.get('/metrics', async (request, reply) => {
    const delivery = await admitTo(desk, scrape, request, ({ actor }) => deliveryMetrics(desk, actor))
    return reply.type(registry.contentType).send((await registry.metrics()) + (await delivery.metrics()))
  })
}

const gauges: { name: string; help: string; of: (metrics: EnvironmentMetrics) => number | undefined }[] = [
  { name: 'deployments', help: 'Successful deployments in the window.', of: (m) => m.deployments },
  { name: 'deployment_frequency_per_day', help: 'Successful deployments per day.', of: (m) => m.deploymentsPerDay },
  {
    name: 'change_lead_time_seconds',
    help: 'From commit to running, median.',
    of: (m) => m.changeLeadTimeSeconds?.median,
  },
  {
    name: 'failed_deployment_recovery_time_seconds',
    help: 'From a failed change to the next success, median.',
    of: (m) => m.recoveryTimeSeconds?.median,
  },
  {
    name: 'change_fail_ratio',
    help: 'Changes that failed or had to be repaired.',
    of: (m) => m.changeFailRate ?? undefined,
  },
  { name: 'deployment_rework_ratio', help: 'Deployments that were unplanned.', of: (m) => m.reworkRate ?? undefined },
]

/** A registry of its own for each scrape, because what it holds depends on who asks; what was not measured is absent, not zero, and what is counted starts at zero. */
async function deliveryMetrics({ app }: Desk, actor: Actor): Promise<Registry> {
  const registry = new Registry()
  const series = gauges.map(({ name, help, of }) => {
    const labelNames = ['project', 'environment', 'window']
    return { of, gauge: new Gauge({ name: `lockflight_${name}`, help, labelNames, registers: [registry] }) }
  })
  const denials = await countDenials(app, actor)
  if (denials !== null) addDenials(registry, denials)
  const count = addCounters(registry)
  for (const { project } of (await listProjects(app, actor)).items) {
    const metrics = await windowedMetrics(app, actor, project)
    const environments = new Set(metrics.map(({ environment }) => environment))
    count(project, [...environments], await countEntries(app, actor, { project }))
    for (const each of metrics) {
      const labels = { project, environment: each.environment, window: `${each.days}d` }
      for (const { gauge, of } of series) {
        const value = of(each)
        if (value !== undefined) gauge.set(labels, value)
      }
    }
  }
  return registry
}

async function windowedMetrics(app: App, actor: Actor, project: string): Promise<EnvironmentMetrics[]> {
  const all = await Promise.all(windows.map((windowDays) => getMetrics(app, actor, { project, windowDays })))
  return all.flatMap(({ items }) => items)
}
