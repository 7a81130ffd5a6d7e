import { z } from 'zod'
import { after, durationWithin, seconds } from '../core/duration.ts'
import type { VerdictInput } from '../core/gate.ts'
import { link } from '../core/link.ts'
import { oneLine } from '../core/one-line.ts'

/** What a script or a service may say about its outcome; the same words for both, and no others. */
export const gateAnswer = z.strictObject({
  reason: z.string().min(1).max(2000).optional(),
  expected: z.string().max(500).optional(),
  observed: z.string().max(500).optional(),
  unblock: z.string().max(500).optional(),
  links: z.array(link).max(20).optional(),
  /** How soon to ask again, or when; only one of them. */
  recheckAfter: durationWithin('1s', '1d').optional(),
  recheckAt: z.iso.datetime().optional(),
})
export type GateAnswer = z.output<typeof gateAnswer>

/** A verdict in the words of the answer where it has some, and in these where it has none. */
export function inWordsOf(
  { reason, expected, observed, unblock, links = [], recheckAfter, recheckAt }: GateAnswer,
  usual: { outcome: VerdictInput['outcome']; reason: string; expected: string; observed: string; unblock: string },
  { recheck, at }: { recheck: string; at: Date },
): VerdictInput {
  const next = recheckAt ?? after(at, seconds(recheckAfter ?? recheck)).toISOString()
  return {
    outcome: usual.outcome,
    reason: oneLine(reason ?? '', 2000) || oneLine(usual.reason, 2000),
    expected: oneLine(expected ?? usual.expected, 500),
    observed: oneLine(observed ?? usual.observed, 500),
    unblock: oneLine(unblock ?? usual.unblock, 500),
    links,
    recheckAt: usual.outcome === 'pass' ? null : next,
  }
}
