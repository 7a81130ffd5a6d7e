import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { verdict } from '../core/gate.ts'
import { link } from '../core/link.ts'
import { overrideStates } from '../core/override.ts'
import { promotionClasses, promotionStates } from '../core/promotion.ts'
import { condition } from './condition.ts'
import { quarantine } from './quarantine.ts'
import { release } from './release.ts'
import { time } from './wire.ts'

/** Where a promotion can stand, as `core/promotion.ts` lists it. */
export const promotionState = z.enum(promotionStates)

/** A promotion as the API shows it. */
export const promotion = z.object({
  id: z.string(),
  project: z.string(),
  environment: z.string(),
  release: digest,
  class: z.enum(promotionClasses),
  state: promotionState,
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: time,
  expiresAt: time,
  attempt: z.int(),
  unmet: z.array(condition),
  finishedAt: time.nullable(),
})

/** The answer to "why is it blocked?", for a promotion that exists and for one that is only considered. */
export const explanation = z.object({
  promotion: promotion.describe('For a preview, the one that would be made'),
  release,
  next: z
    .enum(['start', 'wait', 'reject', 'expire', 'nothing'])
    .describe('What happens next if nothing changes; nothing: it is past waiting'),
  unmet: z.array(condition).describe('Everything that holds it, at once'),
  passed: z
    .array(
      z.object({
        id: z.string(),
        reason: z.string(),
        links: z.array(link),
        at: time,
        until: time.nullable().describe('When it ends by itself; null when only an act or new evidence ends it'),
      }),
    )
    .describe('What counts already'),
  shadows: z
    .array(
      z.object({
        id: z.string(),
        outcome: verdict.shape.outcome,
        reason: z.string(),
        expected: z.string(),
        observed: z.string(),
        links: z.array(link),
        at: time.nullable(),
      }),
    )
    .describe('What gates say that nothing waits for'),
  overrides: z.array(
    z.object({
      id: z.string(),
      gate: z.string(),
      state: z.enum(overrideStates),
      note: z.string().describe('Why it does nothing, or what it lets past'),
      by: z.string(),
      confirmedBy: z.string().nullable(),
      reason: z.string(),
      risk: z.string(),
      at: time,
      expiresAt: time,
    }),
  ),
  quarantine: quarantine.nullable().describe('Set when the release must not run, also while it does'),
  recheckAt: time.nullable(),
})
