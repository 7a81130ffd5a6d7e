import { z } from 'zod'
import { duration } from './duration.ts'

/** Any text that is no bare YAML word for something else. */
const text = z.string().max(8192)

const metadata = z.strictObject({
  name: z.string().min(1).max(255),
  displayName: text.optional(),
  labels: z.record(z.string(), z.union([text, z.array(text)])).optional(),
  annotations: z.record(z.string(), text).optional(),
})

const header = { apiVersion: z.literal('openslo/v1'), metadata }

const metricSource = z.strictObject({
  metricSourceRef: text.optional(),
  type: text.optional(),
  spec: z.strictObject({ query: text.min(1) }),
})
const metric = z.strictObject({ metricSource })
export type OpenSloMetric = z.output<typeof metric>

const sliSpec = z.strictObject({
  description: text.optional(),
  thresholdMetric: metric.optional(),
  ratioMetric: z
    .strictObject({
      counter: z.boolean().optional(),
      good: metric.optional(),
      bad: metric.optional(),
      total: metric.optional(),
      rawType: z.enum(['success', 'failure']).optional(),
      raw: metric.optional(),
    })
    .optional(),
})
export type OpenSloIndicator = z.output<typeof sliSpec>

const objective = z.strictObject({
  displayName: text.optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
  target: z.number().gt(0).lt(1).optional(),
  targetPercent: z.number().gt(0).lt(100).optional(),
  timeSliceTarget: z.number().gt(0).lte(1).optional(),
  timeSliceWindow: z.union([z.number().positive(), duration]).optional(),
})
export type OpenSloObjective = z.output<typeof objective>

const timeWindow = z.strictObject({ duration, isRolling: z.literal(true) })

const slo = z.strictObject({
  ...header,
  kind: z.literal('SLO'),
  spec: z.strictObject({
    description: text.optional(),
    service: text,
    indicator: z.strictObject({ metadata: metadata.optional(), spec: sliSpec }).optional(),
    indicatorRef: text.optional(),
    timeWindow: z.array(timeWindow).length(1),
    budgetingMethod: z.enum(['Occurrences', 'Timeslices']),
    objectives: z.array(objective).length(1),
    alertPolicies: z.unknown().optional(),
  }),
})
export type OpenSlo = z.output<typeof slo>

const sli = z.strictObject({ ...header, kind: z.literal('SLI'), spec: sliSpec })

const dataSource = z.strictObject({
  ...header,
  kind: z.literal('DataSource'),
  spec: z.strictObject({
    description: text.optional(),
    type: text,
    connectionDetails: z.looseObject({ url: text.optional() }).optional(),
  }),
})

const other = (kind: string) => z.strictObject({ ...header, kind: z.literal(kind), spec: z.unknown() })

/** One object of OpenSLO v1 (github.com/OpenSLO/OpenSLO); those that say nothing about how to measure are only known by their kind. */
export const openSloObject = z.discriminatedUnion('kind', [
  slo,
  sli,
  dataSource,
  other('AlertPolicy'),
  other('AlertCondition'),
  other('AlertNotificationTarget'),
  other('Service'),
])
export type OpenSloObject = z.output<typeof openSloObject>
