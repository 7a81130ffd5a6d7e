import { z } from 'zod'
import { after, durationWithin, seconds } from '../core/duration.ts'
import { factPattern, pathMatcher } from '../core/facts.ts'
import type { Subject } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { acceptance, endOf, isAccepted, refusedText } from './acceptance.ts'
import { defineGate } from './define-gate.ts'
import { comparedSource, compareSource } from './parity/compare-source.ts'
import { differences, inWords, type Difference } from './parity/differences.ts'
import { factSource } from './parity/sources.ts'

const patterns = z.array(factPattern).max(100)

const config = z.strictObject({
  with: slug.optional().describe('The other environment; the first of `after` when absent'),
  facts: z
    .array(factSource)
    .min(1)
    .max(10)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'expected names that differ')
    .describe(
      'Where facts come from. `file`: JSON or YAML of the commit that the release was built from. `http`: JSON at an address. `command`: JSON that a script writes to $LOCKFLIGHT_ANSWER, run once for each $LOCKFLIGHT_ENVIRONMENT. `inspect`: the `release` that runs there, and the one that would run here',
    ),
  critical: patterns.min(1).describe('Paths that must be the same, such as config.database.*; ** for all that follow'),
  advisory: patterns.default([]).describe('Paths whose differences are shown, and block nothing'),
  secret: patterns
    .default([])
    .describe('Paths whose values are compared and never shown, beside those that look secret'),
  presence: patterns.default([]).describe('Paths of which only counts whether there is a value'),
  accepted: z
    .array(
      z.strictObject({
        path: factPattern.describe('As under `critical`'),
        ...acceptance,
      }),
    )
    .max(100)
    .default([])
    .describe('Differences that someone answers for, for a time'),
  recheck: durationWithin('10s', '1d').default('5m').describe('How soon to ask again when it did not pass'),
})
type Config = z.output<typeof config>

const evidence = z.strictObject({ with: z.string().nullable(), sources: z.array(comparedSource) })

/** What must be the same in two environments must be so at this moment; the difference is the reason, and secrets are compared without being seen. */
export const parity = defineGate({
  config,
  evidence,
  reads: 'outside',
  maxAgeSeconds: 90,

  watches: (settings) => (settings.with === undefined ? [] : [settings.with]),

  async observe(settings, subject, world) {
    const other = otherOf(settings, subject)
    if (other === null) return { with: null, sources: [] }
    const sources = settings.facts.map((source) => compareSource(source, settings, { subject, world, other }))
    return { with: other, sources: await Promise.all(sources) }
  },

  judge(settings, looked, subject) {
    const other = otherOf(settings, subject) ?? 'nothing'
    const all = looked.sources.flatMap(({ compared }) => compared)
    const among = (meant: string[]) =>
      differences(all, meant, { accepted: settings.accepted, inForce: (each) => isAccepted(each, subject.at) })
    const critical = among(settings.critical)
    const advisory = among(settings.advisory).filter(({ path }) => critical.every((each) => each.path !== path))
    const [tolerated, blocking] = [critical.filter(isTolerated), critical.filter((each) => !isTolerated(each))]
    const count = all.map(({ path }) => path).filter(pathMatcher(settings.critical)).length
    const told = {
      expected: `the same as in ${other}: ${settings.critical.join(', ')}`,
      observed: listed([...blocking, ...tolerated, ...advisory], subject.at) || `${paths(count)}, the same`,
    }
    const again = after(subject.at, seconds(settings.recheck)).toISOString()
    const gap = gapIn(settings, looked, subject)
    if (gap === null && blocking.length === 0) {
      const notes = [
        ...notesOn(tolerated),
        ...(advisory.length > 0 ? [`advisory: ${listed(advisory, subject.at)}`] : []),
      ]
      const reason = [`the same as ${other} in ${paths(count)}`, ...notes].join('; ')
      return { outcome: 'pass', reason, until: firstEnd(tolerated), ...told }
    }
    if (gap !== null && (blocking.length === 0 || looked.with !== other)) {
      const unblock = 'whoever runs what the facts come from; someone with policy.edit, when a path is wrong'
      return { outcome: 'inconclusive', reason: gap, unblock, recheckAt: again, ...told }
    }
    const differ = blocking.length === 1 ? 'differs' : 'differ'
    const found = `${paths(blocking.length)} ${differ} from ${other}`
    return {
      outcome: 'fail',
      reason: [`${found}: ${listed(blocking, subject.at)}`, ...(gap === null ? [] : [gap])].join('; '),
      unblock: `whoever configures ${subject.environment} or ${other}, who makes them the same; or someone with policy.edit, who accepts it with an owner and a last day`,
      recheckAt: again,
      ...told,
    }
  },
})

function paths(count: number): string {
  return `${count} critical ${count === 1 ? 'path' : 'paths'}`
}

function otherOf({ with: named }: Config, { after: before }: Subject): string | null {
  return named ?? before[0] ?? null
}

/** Why it cannot be told whether the environments are the same; null when it can. */
function gapIn(
  { facts, critical, ...settings }: Config,
  looked: z.output<typeof evidence>,
  subject: Subject,
): string | null {
  const other = otherOf({ facts, critical, ...settings }, subject)
  if (other === null) return `no environment comes before ${subject.environment}, and none is named by \`with\``
  if (looked.with !== other) return `what was looked at is not ${other}`
  for (const { name } of facts) {
    const source = looked.sources.find((each) => each.name === name)
    if (!source) return `${name} was not looked at`
    if (source.here === 0) return `${name} says nothing about ${subject.environment}`
    if (source.there === 0) return `${name} says nothing about ${other}`
  }
  const found = looked.sources.flatMap(({ compared }) => compared.map(({ path }) => path))
  const unmet = critical.filter((pattern) => !found.some(pathMatcher([pattern])))
  return unmet.length > 0 ? `neither ${subject.environment} nor ${other} has ${unmet.join(', ')}` : null
}

function isTolerated({ accepted }: Difference): boolean {
  return accepted?.inForce === true
}

function firstEnd(tolerated: Difference[]): string | null {
  const ends = tolerated.flatMap(({ accepted }) => (accepted ? [endOf(accepted.by).getTime()] : []))
  return ends.length > 0 ? new Date(Math.min(...ends)).toISOString() : null
}

function notesOn(tolerated: Difference[]): string[] {
  return tolerated.flatMap(({ path, accepted }) =>
    accepted ? [`${accepted.by.owner} accepts ${path} until ${accepted.by.until}: ${accepted.by.reason}`] : [],
  )
}

function listed(all: Difference[], at: Date): string {
  const lines = all.slice(0, 20).map((each) => `${inWords(each)}${lapsed(each, at)}`)
  return [...lines, ...(all.length > 20 ? [`and ${all.length - 20} more`] : [])].join('; ')
}

function lapsed({ accepted }: Difference, at: Date): string {
  if (!accepted || accepted.inForce) return ''
  return ` (${refusedText(accepted.by, at)})`
}
