import { z } from 'zod'

/** Who answers for an exception, why it is one, and for how long. */
export const acceptance = {
  owner: z.string().min(1).max(200).describe('Who answers for it'),
  reason: z.string().min(1).max(1000),
  until: z.iso.date().describe('The last day it counts, such as 2026-12-31, in UTC'),
}

interface Acceptance {
  owner: string
  until: string
}

/** False from the day after `until` on. */
export function isAccepted({ until }: Acceptance, at: Date): boolean {
  return at.toISOString().slice(0, 10) <= until
}

/** Why an exception no longer counts, for people. */
export function endedText({ owner, until }: Acceptance): string {
  return `${owner} accepted it until ${until}, which is over`
}
