import { z } from 'zod'
import { inZone, openingAt, type Opening } from '../core/calendar.ts'
import { calendarRule, type CalendarRule } from '../core/calendar-rule.ts'
import type { VerdictInput } from '../core/gate.ts'
import { zone } from '../core/zone.ts'
import { defineGate } from './define-gate.ts'

const rules = z.array(calendarRule).max(20).default([])

const config = z
  .strictObject({
    zone: zone.default('UTC').describe('The time zone of all its rules, such as Europe/Berlin'),
    allow: rules.describe('When deployments may start; at any time when absent'),
    deny: rules.describe('When none may start, whatever `allow` says'),
  })
  .refine(({ allow, deny }) => allow.length + deny.length > 0, 'expected a rule under `allow` or `deny`')

/** Deployments may start only inside its times; one that has started is never stopped, and promotions that wait are woken when it opens. */
export const window = defineGate({
  config,
  evidence: z.strictObject({}),
  reads: 'records',
  kind: 'dynamic',
  maxAgeSeconds: 0,

  observe: async () => ({}),

  judge(settings, _, { at }) {
    const opening = openingAt(settings, at)
    const { open, changesAt } = opening
    const told = { expected: expectedOf(settings), observed: inZone(settings.zone, at) }
    const changes = changesAt ? { at: changesAt.toISOString(), shown: inZone(settings.zone, changesAt) } : null
    if (!open) return { ...closed(opening, changes), ...told }
    const length = changes ? `until ${changes.shown}` : 'for a year at least'
    return { outcome: 'pass', reason: `open ${length}`, until: changes?.at ?? null, ...told }
  },
})

function closed({ denying }: Opening, opens: { at: string; shown: string } | null): VerdictInput {
  const why = denying.length > 0 ? `closed: ${denying.map(named).join('; ')}` : 'outside its times'
  if (!opens) {
    const unblock = 'someone with policy.edit, who gives it another time'
    return { outcome: 'fail', reason: `${why}; it does not open within a year`, unblock }
  }
  return {
    outcome: 'wait',
    reason: `${why}; opens ${opens.shown}`,
    unblock: `time: it opens ${opens.shown}`,
    recheckAt: opens.at,
  }
}

function expectedOf({ zone: name, allow, deny }: z.infer<typeof config>): string {
  const inside = allow.length > 0 ? [`in ${allow.map(timesOf).join(' or ')}`] : []
  const outside = deny.length > 0 ? [`not in ${deny.map(timesOf).join(' or ')}`] : []
  return `${[...inside, ...outside].join(', ')} (${name})`
}

function named(rule: CalendarRule): string {
  return rule.reason ?? timesOf(rule)
}

function timesOf({ rrule, from, to, for: length }: CalendarRule): string {
  const once = from.includes('-')
  const end = length ? ` for ${length}` : to ? ` to ${to}` : once ? '' : ' to 24:00'
  return `${rrule ? `${rrule} ` : ''}${from}${end}`
}
