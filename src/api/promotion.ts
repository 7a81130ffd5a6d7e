import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { promotionClasses, promotionStates } from '../core/promotion.ts'
import { condition } from './condition.ts'
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
  passed: z.array(z.object({ id: z.string(), reason: z.string(), at: time })),
  recheckAt: time.nullable(),
})
