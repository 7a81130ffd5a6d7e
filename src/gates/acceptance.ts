import { z } from 'zod'
import { dayMs, dayOf } from '../core/civil.ts'

const longestDays = 366

/** Who answers for an exception, why it is one, and for how long. */
export const acceptance = {
  owner: z.string().min(1).max(200).describe('Who answers for it'),
  reason: z.string().min(1).max(1000).describe('What people read about it'),
  until: z.iso
    .date()
    .describe('The last day it counts, such as 2026-12-31, in UTC; a day more than a year away is none'),
}

interface Acceptance {
  owner: string
  until: string
}

/** True through its last day, and never for longer than a year ahead: no date can make an exception last for ever (A42). */
export function isAccepted(given: Acceptance, at: Date): boolean {
  const end = endOf(given).getTime()
  return at.getTime() < end && end <= at.getTime() + longestDays * dayMs
}

/** The first moment after its last day. */
export function endOf({ until }: Acceptance): Date {
  return new Date((dayOf(until) + 1) * dayMs)
}

/** Why an exception does not count, for people. */
export function refusedText(given: Acceptance, at: Date): string {
  const why = at < endOf(given) ? 'more than a year away' : 'over'
  return `${given.owner} accepted it until ${given.until}, which is ${why}`
}
