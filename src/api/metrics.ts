import { z } from 'zod'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'

const spread = z.object({ median: z.number(), p90: z.number() }).nullable().describe('Null when nothing was measured')

const environmentMetrics = z.object({
  environment: z.string(),
  days: z.int(),
  deployments: z.int(),
  deploymentsPerDay: z.number(),
  changeLeadTimeSeconds: spread,
  recoveryTimeSeconds: spread,
  changeFailRate: z.number().nullable(),
  reworkRate: z.number().nullable(),
})

/** Endpoints with figures made from the log. */
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
    output: z.object({ items: z.array(environmentMetrics) }),
  }),
}
