import { z } from 'zod'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { time } from './wire.ts'

const seconds = z.number().nullable().describe('Null when nothing happened that it could be measured on')

const metric = z.object({
  environment: z.string(),
  deployments: z.int(),
  deploymentsPerDay: z.number(),
  leadTimeSeconds: z.object({ median: seconds, p90: seconds }).describe('From commit to running, successful changes'),
  changeFailureRate: z.number().min(0).max(1).nullable(),
  recoveryTimeSeconds: z.object({ median: seconds, p90: seconds }),
  reworkRate: z.number().min(0).max(1).nullable(),
})

export const metrics = {
  getMetrics: endpoint({
    method: 'GET',
    path: '/projects/:project/metrics',
    permission: 'project.read',
    summary: 'The five DORA metrics of each environment, from the log',
    input: z.strictObject({
      ...inProject,
      environment: slug.exactOptional(),
      windowDays: z.int().min(1).max(366).default(30),
    }),
    output: z.object({ from: time, to: time, items: z.array(metric) }),
  }),
}
