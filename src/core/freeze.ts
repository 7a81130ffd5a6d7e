import { z } from 'zod'
import { calendarRule } from './calendar-rule.ts'
import { slug } from './names.ts'
import type { PartProblem } from './part-problem.ts'
import { promotionClasses } from './promotion.ts'
import { zone } from './zone.ts'

/** Times at which nothing may start anywhere in the project, by their names. */
export const freezes = z.record(
  slug,
  z.strictObject({
    reason: z.string().min(1).max(200).describe('What people read who wait for its end'),
    zone: zone.default('UTC').describe('The time zone of its times, such as Europe/Berlin'),
    when: z.array(calendarRule).min(1).max(20).describe('Its times, as under `deny` of the gate `window`'),
    environments: z.array(slug).min(1).optional().describe('Which environments it closes; all when absent'),
    classes: z
      .array(z.enum(promotionClasses))
      .min(1)
      .default(['standard', 'drill'])
      .describe('Which promotions it stops'),
  }),
)
export type Freezes = z.infer<typeof freezes>

/** A freeze of one environment as the gate it adds there. */
export interface FreezeGate {
  use: 'window'
  id: string
  classes: Freezes[string]['classes']
  zone: string
  deny: Freezes[string]['when']
  [key: string]: unknown
}

/** The gates that a project's freezes add to an environment, without being written down there. */
export function freezeGates(all: Freezes | undefined, environment: string): FreezeGate[] {
  return Object.entries(all ?? {})
    .filter(([, { environments }]) => !environments || environments.includes(environment))
    .map(([name, { reason, zone: where, when, classes }]) => ({
      use: 'window',
      id: idOf(name),
      classes,
      zone: where,
      deny: when.map((rule) => ({ ...rule, reason: `freeze ${name}: ${rule.reason ?? reason}`.slice(0, 300) })),
    }))
}

/** What no project can mean: a freeze of an unknown environment, a gate that takes a freeze's name. */
export function freezeProblems(
  all: Record<string, Partial<Freezes[string]>> | undefined,
  environments: Record<string, { gates?: Record<string, unknown>[] }>,
): PartProblem[] {
  const names = Object.keys(all ?? {})
  const known = Object.keys(environments)
  const unknown = Object.entries(all ?? {}).flatMap(([name, { environments: closed = [] }]) =>
    closed.flatMap((each, index) =>
      Object.hasOwn(environments, each)
        ? []
        : [
            {
              path: ['freezes', name, 'environments', index],
              message: `expected an environment of this file, found ${each}`,
              unknown: { name: each, known },
            },
          ],
    ),
  )
  const taken = Object.entries(environments).flatMap(([environment, { gates = [] }]) =>
    gates.flatMap((gate, index) =>
      names.some((name) => idOf(name) === gate['id'])
        ? [
            {
              path: ['environments', environment, 'gates', index, 'id'],
              message: `expected another id: ${String(gate['id'])} is the gate that the freeze adds by itself`,
            },
          ]
        : [],
    ),
  )
  return [...unknown, ...taken]
}

function idOf(name: string): string {
  return `freeze-${name}`
}
