import { z } from 'zod'
import type { Deployment } from '../core/deployment.ts'
import { duration, inWords, seconds } from '../core/duration.ts'
import { slug } from '../core/names.ts'
import type { Span } from '../core/gate.ts'
import { defineGate } from './define-gate.ts'
import { promotionLink } from './links.ts'

const config = z.strictObject({
  for: duration.describe('How long it must have been live without a break'),
  in: z.array(slug).min(1).optional().describe('Where; by default in every environment that comes before'),
  continuous: z
    .boolean()
    .default(false)
    .describe('Whether it must be live there still; otherwise the longest time counts, even when it is over'),
})

/** A time without a break during which the release was the live one. */
const stay = z.strictObject({ promotion: z.string(), since: z.iso.datetime(), until: z.iso.datetime().nullable() })
type Stay = z.infer<typeof stay>

const place = z.strictObject({
  environment: z.string(),
  stays: z.array(stay),
  heldSince: z.iso.datetime().nullable().default(null),
})

/** The release must have been live long enough somewhere before; the time starts anew when something else takes its place, found healthy there or not, when it comes back by a rollback, and after every hold. */
export const soak = defineGate({
  config,
  evidence: z.strictObject({ environments: z.array(place) }),
  reads: 'records',
  kind: 'dynamic',
  maxAgeSeconds: 0,

  watches: (settings) => settings.in ?? [],

  async observe(settings, { after, release }, { records }) {
    const environments = []
    for (const environment of settings.in ?? after) {
      const holds = await records.holdsIn(environment)
      const breaks = [...holds, ...(await records.displacedIn(environment, release.digest))]
      const stays = staysOf(await records.deploymentsOf(release.digest, environment))
      environments.push({
        environment,
        stays: breaks.reduce((left, span) => left.flatMap((each) => outside(span, each)), stays),
        heldSince: holds.find(({ until }) => until === null)?.from.toISOString() ?? null,
      })
    }
    return { environments }
  },

  judge(settings, { environments }, { after, at, project, release }) {
    const needed = seconds(settings.for)
    const places = settings.in ?? after
    const soaked = places.map((name) => {
      const { stays, heldSince } = environments.find(({ environment }) => environment === name) ?? nowhere
      const current = stays.find(({ until }) => until === null)
      const counted = settings.continuous ? stays.filter(({ until }) => until === null) : stays
      return { name, stays, heldSince, current, longest: Math.max(0, ...counted.map((each) => secondsOf(each, at))) }
    })
    const short = soaked.filter((each) => each.longest < needed)
    const expected = `${inWords(needed)} live in ${places.join(' and ')}${settings.continuous ? ', until now' : ''}`
    const observed = soaked.map((each) => `${each.name}: ${inWords(each.longest)}`).join(', ')
    const links = soaked.flatMap(({ stays }) =>
      stays.slice(0, 1).map(({ promotion }) => promotionLink(project, promotion)),
    )
    if (places.length === 0) {
      const unblock = 'someone with policy.edit, who names an environment in `in` or `after`'
      return {
        outcome: 'inconclusive',
        reason: 'there is no environment to soak in',
        expected,
        observed: 'none',
        unblock,
      }
    }
    if (short.length === 0)
      return {
        outcome: 'pass',
        reason: `live in ${soaked.map((each) => `${each.name} for ${inWords(each.longest)}`).join(', ')}`,
        expected,
        observed,
        links,
      }
    const away = short.find(({ current }) => !current)
    const readyAt = Math.max(...short.map(({ current }) => Date.parse(current?.since ?? '') + needed * 1000))
    return {
      outcome: 'wait',
      reason: short.map((each) => reasonFor(release.version, each, needed)).join('; '),
      expected,
      observed,
      links,
      unblock: away ? unblockOf(release.version, away) : `time: it is enough at ${new Date(readyAt).toISOString()}`,
      recheckAt: away ? null : new Date(readyAt).toISOString(),
    }
  },
})

/** Deployments come newest first; one of the same release right after another continues its stay, unless it was a rollback: then something else was there between. */
function staysOf(deployments: Deployment[]): Stay[] {
  const stays: Stay[] = []
  let cameBack = false
  for (const { promotion, class: by, outcome, finishedAt, replacedAt } of deployments) {
    if (outcome !== 'succeeded' || !finishedAt) continue
    const newer = stays.at(-1)
    if (newer && !cameBack && (!replacedAt || replacedAt >= new Date(newer.since))) {
      newer.since = finishedAt.toISOString()
      newer.promotion = promotion
    } else {
      // Without a time of its own, a deployment that another one followed ended there.
      const until = replacedAt?.toISOString() ?? newer?.since ?? null
      stays.push({ promotion, since: finishedAt.toISOString(), until })
    }
    cameBack = by === 'rollback'
  }
  return stays
}

function secondsOf({ since, until }: Stay, at: Date): number {
  const end = Math.min(until === null ? at.getTime() : Date.parse(until), at.getTime())
  return Math.max(0, (end - Date.parse(since)) / 1000)
}

/** What of a stay lies before a break, and what after it. */
function outside({ from, until }: Span, each: Stay): Stay[] {
  const [broken, resumed] = [from.toISOString(), until?.toISOString() ?? null]
  if ((resumed !== null && resumed <= each.since) || (each.until !== null && broken >= each.until)) return [each]
  const before = broken > each.since ? [{ ...each, until: broken }] : []
  const later = resumed !== null && (each.until === null || resumed < each.until) ? [{ ...each, since: resumed }] : []
  return [...later, ...before]
}

interface Soaked {
  name: string
  current: Stay | undefined
  heldSince: string | null
  longest: number
}

const nowhere: { stays: Stay[]; heldSince: string | null } = { stays: [], heldSince: null }

function reasonFor(version: string, { name, current, heldSince, longest }: Soaked, needed: number): string {
  if (current) return `${version} has been live in ${name} for ${inWords(longest)} of ${inWords(needed)}`
  if (heldSince !== null) return `${name} is held since ${heldSince}, and time there does not count`
  if (longest === 0) return `${version} is not live in ${name}`
  return `${version} was replaced in ${name} after ${inWords(longest)} of ${inWords(needed)}`
}

function unblockOf(version: string, { name, heldSince }: Soaked): string {
  if (heldSince !== null) return `someone with environment.hold: lockflight resume --env ${name} --reason …`
  return `${version} live in ${name}: lockflight promote ${version} --to ${name}`
}
