import { z } from 'zod'
import type { Drill } from '../core/drill.ts'
import { drillStates, readDrillReceipt } from '../core/drill.ts'
import { after, duration, inWords, seconds } from '../core/duration.ts'
import type { Records, Subject, VerdictInput } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import { defineGate } from './define-gate.ts'
import { promotionLink } from './links.ts'

const config = z.strictObject({
  within: duration.describe('How long ago the last drill that succeeded may have ended'),
  in: z.array(slug).min(1).optional().describe('Where; by default in every environment that comes before'),
})

/** As its receipt says, whose signature was checked. */
const proven = z.strictObject({
  drill: z.string(),
  finishedAt: z.iso.datetime(),
  release: z.string(),
  target: z.string(),
  backSeconds: z.number().nonnegative(),
  forthSeconds: z.number().nonnegative(),
})

const place = z.strictObject({
  environment: z.string(),
  succeeded: proven.nullable(),
  /** Why the newest that succeeded does not count; null when it does, or there is none. */
  disbelief: z.string().nullable(),
  newest: z
    .strictObject({ drill: z.string(), state: z.enum(drillStates), reason: z.string(), promotion: z.string() })
    .nullable(),
})
type Place = z.output<typeof place>

/** A rollback must have been practised not long ago, by a drill with a signed receipt: back to the release before and forth again. */
export const drill = defineGate({
  config,
  evidence: z.strictObject({ environments: z.array(place) }),
  reads: 'records',
  kind: 'dynamic',
  maxAgeSeconds: 0,

  watches: (settings) => settings.in ?? [],

  async observe(settings, { after: before, project }, { records }) {
    const environments = []
    for (const environment of settings.in ?? before) {
      const drills = await records.drills(environment)
      const [newest] = drills
      const succeeded = drills.find(({ state }) => state === 'succeeded')
      environments.push({
        environment,
        ...(succeeded ? await prove(succeeded, { project, records }) : { succeeded: null, disbelief: null }),
        newest: newest
          ? {
              drill: newest.id,
              state: newest.state,
              reason: oneLine(newest.reason, 500),
              promotion: newest.forth ?? newest.back,
            }
          : null,
      })
    }
    return { environments }
  },

  judge(settings, { environments }, subject): VerdictInput {
    const { after: before, at } = subject
    const places = settings.in ?? before
    const within = seconds(settings.within)
    const expected = `a drill of ${places.join(' and ')} within ${inWords(within)}`
    if (places.length === 0) {
      const unblock = 'someone with policy.edit, who names an environment in `in` or `after`'
      return {
        outcome: 'inconclusive',
        reason: 'there is no environment to drill',
        expected,
        observed: 'none',
        unblock,
      }
    }
    const seen = places.map((name) =>
      stateOf(
        name,
        environments.find(({ environment }) => environment === name),
        {
          within,
          at,
        },
      ),
    )
    const links = environments.flatMap(({ newest }) =>
      newest ? [promotionLink(subject.project, newest.promotion)] : [],
    )
    const observed = seen.map(({ says }) => says).join('; ')
    const missing = seen.filter(({ outcome }) => outcome !== 'pass')
    const [first] = missing
    if (!first) {
      const until = seen.map((each) => each.until ?? '').toSorted()[0] ?? null
      return { outcome: 'pass', reason: observed, expected, observed, links, until }
    }
    return {
      outcome: missing.find(({ outcome }) => outcome !== 'wait')?.outcome ?? 'wait',
      reason: missing.map(({ says }) => says).join('; '),
      expected,
      observed,
      links,
      unblock: `someone with rollback.request: lockflight drill --env ${first.name} --reason …`,
    }
  },
})

async function prove(
  { id, environment, release, receipt }: Drill,
  { project, records }: { project: string; records: Records },
): Promise<Pick<Place, 'succeeded' | 'disbelief'>> {
  const attestation = (await records.attestations(release)).find(({ digest }) => digest === receipt)
  if (!attestation) return { succeeded: null, disbelief: `the receipt of drill ${id} is not there` }
  const result = verifyOwn(attestation.bundle, await records.keys(), attestation.createdAt)
  if (!result.verified) return { succeeded: null, disbelief: oneLine(`${result.reason}: ${result.message}`, 500) }
  const said = readDrillReceipt(result.statement)
  if (said?.drill !== id || said.project !== project || said.environment !== environment) {
    return { succeeded: null, disbelief: `the receipt of drill ${id} is about something else` }
  }
  return {
    succeeded: {
      drill: id,
      finishedAt: said.finishedAt,
      release: said.release.version,
      target: said.target.version,
      backSeconds: said.back.durationSeconds,
      forthSeconds: said.forth.durationSeconds,
    },
    disbelief: null,
  }
}

function stateOf(
  name: string,
  seen: Place | undefined,
  { within, at }: { within: number; at: Subject['at'] },
): { name: string; outcome: VerdictInput['outcome']; says: string; until?: string } {
  if (!seen) return { name, outcome: 'inconclusive', says: `there is no record of ${name}` }
  const { succeeded, disbelief, newest } = seen
  const until = succeeded && after(new Date(succeeded.finishedAt), within)
  if (succeeded && until && until >= at) {
    const { target, release, finishedAt, backSeconds, forthSeconds } = succeeded
    const ago = inWords((at.getTime() - Date.parse(finishedAt)) / 1000)
    const took = `${inWords(backSeconds)} and ${inWords(forthSeconds)}`
    const says = `${name} was drilled ${ago} ago, from ${release} to ${target} and forth again in ${took}`
    return { name, outcome: 'pass', says, until: until.toISOString() }
  }
  if (disbelief !== null) {
    return { name, outcome: 'inconclusive', says: `the last drill of ${name} may not be believed: ${disbelief}` }
  }
  if (newest?.state === 'running') return { name, outcome: 'wait', says: `drill ${newest.drill} of ${name} is running` }
  if (newest?.state === 'failed') {
    return { name, outcome: 'fail', says: `the last drill of ${name} failed: ${newest.reason}` }
  }
  const last = succeeded ? `the last drill of ${name} was at ${succeeded.finishedAt}` : `${name} was never drilled`
  return { name, outcome: 'wait', says: last }
}
