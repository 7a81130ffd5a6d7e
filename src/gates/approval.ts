import { z } from 'zod'
import { approvalBinding, approvalSubject } from '../core/approval.ts'
import { digest } from '../core/digest.ts'
import { after, duration, seconds } from '../core/duration.ts'
import type { Subject } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { defineGate } from './define-gate.ts'

const config = z.strictObject({
  count: z.int().min(1).max(100).default(1).describe('How many different people must approve'),
  group: slug.optional().describe('Only members of this group count'),
  exclude: z
    .array(z.enum(['requester', 'author']))
    .default(['requester'])
    .describe('Whose approval never counts: who asked for the promotion, who wrote the commit'),
  'reason-required': z.boolean().default(false).describe('Ignore approvals that do not say why'),
  expires: duration.optional().describe('How long an approval counts at most'),
})

const answer = z.strictObject({
  id: z.string(),
  by: z.string().min(1),
  decision: z.enum(['approve', 'reject']),
  reason: z.string(),
  binds: digest,
  at: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  mayApprove: z.boolean(),
  inGroup: z.boolean(),
})
type Answer = z.infer<typeof answer>

/** Enough different people must have said yes to exactly this, and nobody who may say so a no. */
export const approval = defineGate({
  config,
  evidence: z.strictObject({ approvals: z.array(answer) }),
  reads: 'records',
  kind: 'people',
  maxAgeSeconds: 0,

  excludes: exclusionOf,
  wantsReason: (settings) => settings['reason-required'],

  async observe({ group }, _, { records }) {
    const approvals = await records.approvals(group ?? null)
    return {
      approvals: approvals.map(({ id, by, decision, reason, binds, at, expiresAt, mayApprove, inGroup }) => ({
        id,
        by,
        decision,
        reason: oneLine(reason, 500),
        binds,
        at: at.toISOString(),
        expiresAt: expiresAt.toISOString(),
        mayApprove,
        inGroup,
      })),
    }
  },

  judge(settings, { approvals }, subject) {
    const { count, group } = settings
    const answers = newestOfEach(approvals)
    const no = answers.find((given) => given.decision === 'reject' && voidness(given, subject) === null)
    if (no) {
      return {
        outcome: 'fail',
        final: true,
        reason: `${no.by} rejected it${no.reason === '' ? '' : `: ${no.reason}`}`,
        expected: 'no rejection',
        observed: `rejected by ${no.by} at ${no.at}`,
        unblock: 'a new promotion',
      }
    }
    const yes = answers.filter(({ decision }) => decision === 'approve')
    const weighed = yes.map((given) => ({ by: given.by, ignored: ignoredBecause(given, settings, subject) }))
    const counting = weighed.filter(({ ignored }) => ignored === null).map(({ by }) => by)
    const whom = group ?? 'those who may approve'
    const say = settings['reason-required'] ? ' --reason …' : ''
    const expected = `${count} of ${whom}`
    const observed = counting.length > 0 ? `${counting.length}: ${counting.join(', ')}` : 'none'
    if (counting.length >= count) {
      return { outcome: 'pass', reason: `approved by ${counting.join(', ')}`, expected, observed }
    }
    const ignored = weighed.flatMap(({ by, ignored: why }) => (why === null ? [] : [`; ${by} does not count: ${why}`]))
    return {
      outcome: 'wait',
      reason: `${counting.length} of ${count} approvals${ignored.join('')}`,
      expected,
      observed,
      unblock: `${count - counting.length} of ${whom}${barred(settings.exclude, subject)}: lockflight approve ${subject.promotion.id}${say}`,
    }
  },
})

/** One answer per person, the last one given: nobody counts twice (A07), and everybody may change their mind. */
function newestOfEach(approvals: Answer[]): Answer[] {
  const newest = new Map<string, Answer>()
  for (const given of approvals.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) newest.set(given.by, given)
  return [...newest.values()]
}

function ignoredBecause(given: Answer, settings: z.infer<typeof config>, subject: Subject): string | null {
  const { expires } = settings
  const { by, reason, at } = given
  const exclusion = exclusionOf(settings, subject, by)
  if (exclusion !== null) return exclusion
  if (!given.inGroup) return `is not in ${settings.group ?? 'the group'}`
  if (settings['reason-required'] && reason.trim() === '') return 'gave no reason'
  if (expires && after(new Date(at), seconds(expires)) <= subject.at) return `approved more than ${expires} ago`
  return voidness(given, subject)
}

function exclusionOf(
  { exclude }: z.infer<typeof config>,
  { promotion, release }: Subject,
  person: string,
): string | null {
  if (exclude.includes('requester') && person === promotion.requestedBy) return 'asked for this promotion'
  if (exclude.includes('author') && person === release.author) return 'wrote the commit'
  return null
}

/** Why an answer, yes or no, means nothing any more; null while it holds (A03–A06). */
function voidness({ by, binds, expiresAt, mayApprove }: Answer, subject: Subject): string | null {
  if (!mayApprove) return 'may not approve here now'
  if (new Date(expiresAt) <= subject.at) return `the answer expired at ${expiresAt}`
  const now = approvalBinding(approvalSubject(subject, by, new Date(expiresAt)))
  return binds === now ? null : 'answered to something else: the release, the policy or the attempt changed since'
}

function barred(exclude: z.infer<typeof config>['exclude'], { promotion, release }: Subject): string {
  const people = exclude.flatMap((role) => {
    if (role === 'requester') return [`${promotion.requestedBy} (who asked)`]
    return release.author === null ? [] : [`${release.author} (the author)`]
  })
  return people.length > 0 ? `, not ${people.join(' or ')}` : ''
}
