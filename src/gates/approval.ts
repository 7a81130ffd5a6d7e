import { z } from 'zod'
import { approvalBinding, approvalSubject } from '../core/approval.ts'
import { digest } from '../core/digest.ts'
import { after, duration, seconds } from '../core/duration.ts'
import type { Subject } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { fillSeats, type Seats } from './approval/fill-seats.ts'
import { defineGate } from './define-gate.ts'

const config = z.strictObject({
  count: z.int().min(1).max(100).default(1).describe('How many different people must approve'),
  group: slug.optional().describe('Only members of this group count'),
  groups: z
    .array(
      z.strictObject({
        group: slug.describe('A group of this project'),
        count: z.int().min(1).max(20).default(1).describe('How many of its members'),
      }),
    )
    .min(1)
    .max(10)
    .refine((all) => new Set(all.map(({ group }) => group)).size === all.length, 'expected groups that differ')
    .optional()
    .describe('How many must come from each of these groups; nobody counts for two. `count` is of all people together'),
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
  /** Those of `groups` that the person is in. */
  groups: z.array(z.string()).default([]),
})
type Answer = z.infer<typeof answer>

/** Enough different people must have said yes to exactly this, and nobody who may say so a no. */
export const approval = defineGate({
  config,
  evidence: z.strictObject({
    approvals: z.array(answer),
    /** Groups that are asked for more people than are in them. */
    small: z.array(z.strictObject({ group: z.string(), members: z.int() })).default([]),
  }),
  reads: 'records',
  kind: 'people',
  maxAgeSeconds: 0,

  excludes: exclusionOf,
  wantsReason: (settings) => settings['reason-required'],

  async observe({ count, group, groups = [] }, _, { records }) {
    const small = []
    for (const seats of [...groups, ...(group === undefined ? [] : [{ group, count }])]) {
      const members = await records.groupSize(seats.group)
      if (members < seats.count) small.push({ group: seats.group, members })
    }
    const approvals = await records.approvals(group ?? null)
    const members = new Map<string, Set<string>>()
    for (const each of groups) {
      const inside = (await records.approvals(each.group)).filter(({ inGroup }) => inGroup)
      members.set(each.group, new Set(inside.map(({ by }) => by)))
    }
    return {
      small,
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
        groups: groups.map((each) => each.group).filter((each) => members.get(each)?.has(by)),
      })),
    }
  },

  judge(settings, { approvals, small }, subject) {
    const people = answersByPerson(approvals)
    const no = people.find(({ no: given }) => given && voidness(given, subject) === null)?.no
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
    const weighed = people.flatMap(({ by, yes }) => (yes.length > 0 ? [{ by, ...weigh(yes, settings, subject) }] : []))
    const counting = weighed.filter(({ ignored }) => ignored === null)
    const { groups = [], group } = settings
    const seated = fillSeats(groups, counting)
    const lacking = groups.flatMap((asked) => without(asked, seated.get(asked.group)?.length ?? 0))
    const count = neededOf(settings)
    const whom = group ?? 'those who may approve'
    const from = groups.length > 0 ? ` (${groups.map(inWords).join(', ')})` : ''
    const names = counting.map(({ by }) => `${by}${seatOf(by, seated)}`)
    const told = {
      expected: `${count} of ${whom}${from}`,
      observed: names.length > 0 ? `${names.length}: ${names.join(', ')}` : 'none',
    }
    if (counting.length >= count && lacking.length === 0) {
      const until = enoughUntil(counting, groups.length > 0 ? counting.length : count)
      return { outcome: 'pass', reason: `approved by ${names.join(', ')}`, until, ...told }
    }
    const ignored = weighed.flatMap(({ by, ignored: why }) => (why === null ? [] : [`; ${by} does not count: ${why}`]))
    const missing = lacking.length > 0 ? `, missing ${lacking.map(inWords).join(' and ')}` : ''
    const say = settings['reason-required'] ? ' --reason …' : ''
    const others = count - counting.length - lacking.reduce((sum, each) => sum + each.count, 0)
    const wanted = [...lacking, ...without({ group: whom, count: others }, 0)].map(inWords).join(' and ')
    return {
      outcome: 'wait',
      reason: `${Math.min(counting.length, count)} of ${count} approvals${missing}${ignored.join('')}`,
      unblock: `${small.map(moreFor).join('')}${wanted}${barred(settings.exclude, subject)}: lockflight approve ${subject.promotion.id}${say}`,
      ...told,
    }
  },
})

/** Every person once (A07): their no when it is the last word, else every yes since their last no. */
function answersByPerson(approvals: Answer[]): { by: string; no: Answer | null; yes: Answer[] }[] {
  // Of two in the same millisecond the no was the later one: nobody says yes to what they have rejected.
  const inOrder = approvals.toSorted(
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || a.decision.localeCompare(b.decision),
  )
  return [...new Set(inOrder.map(({ by }) => by))].map((by) => {
    const own = inOrder.filter((given) => given.by === by)
    const yes = own.slice(own.findLastIndex(({ decision }) => decision === 'reject') + 1)
    return { by, no: yes.length === 0 ? (own.at(-1) ?? null) : null, yes }
  })
}

/** A person counts when one of their answers does, so that saying yes once more never takes a yes away. */
function weigh(
  yes: Answer[],
  settings: z.infer<typeof config>,
  subject: Subject,
): { ignored: string | null; groups: string[]; until: string } {
  const reasons = yes.map((given) => ignoredBecause(given, settings, subject))
  const ends = yes.filter((_, index) => reasons[index] === null).map((given) => endOf(given, settings))
  return {
    ignored: ends.length > 0 ? null : (reasons.at(-1) ?? null),
    groups: yes.at(-1)?.groups ?? [],
    until: ends.toSorted().at(-1) ?? '',
  }
}

function endOf({ at, expiresAt }: Answer, { expires }: z.infer<typeof config>): string {
  const aged = expires ? after(new Date(at), seconds(expires)).toISOString() : expiresAt
  return aged < expiresAt ? aged : expiresAt
}

/** When fewer than that many are left; with groups, when the first is gone, who may have been the one that counted. */
function enoughUntil(counting: { until: string }[], needed: number): string | null {
  const ends = counting.map(({ until }) => until).toSorted()
  return ends.at(-needed) ?? null
}

function neededOf({ count, groups = [] }: z.infer<typeof config>): number {
  return Math.max(
    count,
    groups.reduce((sum, each) => sum + each.count, 0),
  )
}

function without({ group, count }: Seats, taken: number): Seats[] {
  return count > taken ? [{ group, count: count - taken }] : []
}

/** Perhaps its name is misspelt; without more people in it nothing opens. */
function moreFor({ group, members }: { group: string; members: number }): string {
  const found = members === 0 ? 'nobody is in it' : `it has only ${members}`
  return `first more people in ${group}, as ${found}: lockflight groups join ${group} <who>; then `
}

function inWords({ group, count }: Seats): string {
  return `${count} of ${group}`
}

function seatOf(by: string, seated: Map<string, string[]>): string {
  const group = [...seated].find(([, names]) => names.includes(by))?.[0]
  return group === undefined ? '' : ` (${group})`
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
