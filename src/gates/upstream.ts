import { z } from 'zod'
import type { Deployment } from '../core/deployment.ts'
import type { Subject, VerdictInput } from '../core/gate.ts'
import { oneLine } from '../core/one-line.ts'
import { defineGate } from './define-gate.ts'
import { promotionLink } from './links.ts'

const attempt = z.strictObject({
  promotion: z.string(),
  outcome: z.enum(['running', 'succeeded', 'failed']),
  reason: z.string(),
  startedAt: z.iso.datetime(),
})

const place = z.strictObject({
  environment: z.string(),
  /** The newest that succeeded. */
  succeeded: attempt.extend({ outcome: z.literal('succeeded') }).nullable(),
  newest: attempt.nullable(),
})
type Place = z.infer<typeof place>

/** The release must have been deployed and verified in every environment that comes before; added without being written down wherever `after` is set. */
export const upstream = defineGate({
  config: z.strictObject({}),
  evidence: z.strictObject({ environments: z.array(place) }),
  reads: 'records',
  maxAgeSeconds: 0,

  async observe(_, { after, release }, { records }) {
    const environments = []
    for (const environment of after) {
      const deployments = (await records.deploymentsOf(release.digest, environment)).map(attemptOf)
      const succeeded = deployments.find(({ outcome }) => outcome === 'succeeded')
      environments.push({
        environment,
        succeeded: succeeded ? { ...succeeded, outcome: 'succeeded' as const } : null,
        newest: deployments[0] ?? null,
      })
    }
    return { environments }
  },

  judge(_, { environments }, subject) {
    const { after, release } = subject
    const missing = after.flatMap((name) => {
      const found = environments.find(({ environment }) => environment === name)
      return found?.succeeded ? [] : [{ name, ...stateOf(found) }]
    })
    const first = missing[0]
    const expected = `${release.version} verified in ${after.join(' and ')}`
    if (!first) {
      return {
        outcome: 'pass',
        reason: after.length > 0 ? expected : 'no environment comes before',
        expected,
        links: linksTo(environments, subject),
      }
    }
    return {
      outcome: missing.find(({ outcome }) => outcome !== 'wait')?.outcome ?? 'wait',
      reason: missing.map(({ name, state }) => `${release.version} ${state} ${name}`).join('; '),
      expected,
      observed: `missing: ${missing.map(({ name }) => name).join(', ')}`,
      unblock: `a successful deployment to ${first.name}: lockflight promote ${release.version} --to ${first.name}`,
      links: linksTo(environments, subject),
    }
  },
})

function attemptOf({ promotion, outcome, reason, startedAt }: Deployment): z.infer<typeof attempt> {
  return { promotion, outcome, reason: oneLine(reason, 500), startedAt: startedAt.toISOString() }
}

function stateOf(found: Place | undefined): { outcome: VerdictInput['outcome']; state: string } {
  if (!found) return { outcome: 'inconclusive', state: 'has no record of' }
  if (!found.newest) return { outcome: 'wait', state: 'has not been deployed to' }
  if (found.newest.outcome === 'failed') return { outcome: 'fail', state: `failed (${found.newest.reason}) in` }
  return { outcome: 'wait', state: 'is being deployed to' }
}

function linksTo(environments: Place[], { project }: Subject) {
  return environments.flatMap(({ succeeded, newest }) => {
    const shown = succeeded ?? newest
    return shown ? [promotionLink(project, shown.promotion)] : []
  })
}
