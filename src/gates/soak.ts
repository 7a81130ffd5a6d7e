import { z } from 'zod'
import type { Deployment } from '../core/deployment.ts'
import { duration, inWords, seconds } from '../core/duration.ts'
import { slug } from '../core/names.ts'
import { defineGate } from './define-gate.ts'
import { promotionLink } from './links.ts'

const config = z.strictObject({
  for: duration.describe('How long it must have been live without a break'),
  in: z.array(slug).min(1).optional().describe('Where; by default in every environment that comes before'),
})

/** A time without a break during which the release was the live one. */
const stay = z.strictObject({ promotion: z.string(), since: z.iso.datetime(), until: z.iso.datetime().nullable() })
type Stay = z.infer<typeof stay>

const place = z.strictObject({ environment: z.string(), stays: z.array(stay) })

/** The release must have been live long enough somewhere before; when another release takes its place, the time starts anew. */
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
      environments.push({ environment, stays: staysOf(await records.deploymentsOf(release.digest, environment)) })
    }
    return { environments }
  },

  judge(settings, { environments }, { after, at, project, release }) {
    const needed = seconds(settings.for)
    const places = settings.in ?? after
    const soaked = places.map((name) => {
      const stays = environments.find(({ environment }) => environment === name)?.stays ?? []
      const current = stays.find(({ until }) => until === null)
      return { name, stays, current, longest: Math.max(0, ...stays.map((each) => secondsOf(each, at))) }
    })
    const short = soaked.filter((each) => each.longest < needed)
    const expected = `${inWords(needed)} live in ${places.join(' and ')}`
    const observed = soaked.map((each) => `${each.name}: ${inWords(each.longest)}`).join(', ')
    const links = soaked.flatMap(({ stays }) =>
      stays.slice(0, 1).map(({ promotion }) => promotionLink(project, promotion)),
    )
    if (places.length === 0) {
      const unblock = 'someone with policy.edit names an environment in `in` or `after`'
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
      reason: short
        .map(({ name, current, longest: time }) => reasonFor(release.version, { name, current, time, needed }))
        .join('; '),
      expected,
      observed,
      links,
      unblock: away
        ? `${release.version} live in ${away.name}: lockflight promote ${release.version} --to ${away.name}`
        : `time: it is enough at ${new Date(readyAt).toISOString()}`,
      recheckAt: away ? null : new Date(readyAt).toISOString(),
    }
  },
})

/** Deployments come newest first; one of the same release right after another continues its stay. */
function staysOf(deployments: Deployment[]): Stay[] {
  const stays: Stay[] = []
  for (const { promotion, outcome, finishedAt, replacedAt } of deployments) {
    if (outcome !== 'succeeded' || !finishedAt) continue
    const newer = stays.at(-1)
    if (newer && (!replacedAt || replacedAt >= new Date(newer.since))) {
      newer.since = finishedAt.toISOString()
      newer.promotion = promotion
    } else {
      stays.push({ promotion, since: finishedAt.toISOString(), until: replacedAt?.toISOString() ?? null })
    }
  }
  return stays
}

function secondsOf({ since, until }: Stay, at: Date): number {
  const end = Math.min(until === null ? at.getTime() : Date.parse(until), at.getTime())
  return Math.max(0, (end - Date.parse(since)) / 1000)
}

function reasonFor(
  version: string,
  { name, current, time, needed }: { name: string; current: Stay | undefined; time: number; needed: number },
): string {
  if (current) return `${version} has been live in ${name} for ${inWords(time)} of ${inWords(needed)}`
  if (time === 0) return `${version} is not live in ${name}`
  return `${version} was replaced in ${name} after ${inWords(time)} of ${inWords(needed)}`
}
