import { z } from 'zod'
import { link } from '../core/link.ts'

/** One thing a promotion waits for. */
export const condition = z.object({
  id: z.string(),
  kind: z.enum(['gate', 'environment', 'release']),
  outcome: z.enum(['fail', 'wait', 'inconclusive', 'error']),
  reason: z.string(),
  expected: z.string(),
  observed: z.string(),
  since: z.string(),
  links: z.array(link),
  unblock: z.string(),
  recheckAt: z.string().nullable(),
  changes: z.int().exactOptional().describe('How often the gate changed its answer here in the last hour'),
})
