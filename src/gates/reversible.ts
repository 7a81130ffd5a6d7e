import { z } from 'zod'
import { digest } from '../core/digest.ts'
import type { VerdictInput } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { crossedChanges, crossedText, oneWayChange } from '../core/one-way.ts'
import { defineGate } from './define-gate.ts'

const config = z.strictObject({
  acknowledged: z
    .array(
      z.strictObject({
        change: slug.describe('Its `id` under `pipeline.release.one-way`'),
        owner: z.string().min(1).max(200).describe('Who answers for it'),
        reason: z.string().min(1).max(1000),
      }),
    )
    .default([])
    .describe('One-way changes that may be made here'),
})

const evidence = z.strictObject({
  /** What all of this is about. */
  release: digest,
  /** What the release declares. */
  declared: z.array(oneWayChange),
  /** Those of any release that were made here before, by their ids. */
  made: z.array(z.string()),
  /** Those made here since the release was healthy here last, that it cannot live with. */
  crossed: z.array(oneWayChange.extend({ version: z.string() })),
})

/** The release must make no change here that cannot be undone by a rollback, unless it was acknowledged, and must not come back across one; every rollback has to pass it without that being written down. */
export const reversible = defineGate({
  config,
  evidence,
  reads: 'records',
  maxAgeSeconds: 0,

  async observe(_, { release, environment }, { records }) {
    const deployments = await records.oneWayDeployments(environment)
    const earlier = await records.deploymentsOf(release.digest, environment)
    const healthyFence = earlier.find(({ outcome }) => outcome === 'succeeded')?.fence ?? 0
    return {
      release: release.digest,
      declared: release.oneWay ?? [],
      made: [...new Set(deployments.flatMap(({ changes }) => changes.map(({ id }) => id)))].toSorted(),
      crossed: healthyFence > 0 ? crossedChanges(release, { healthyFence, deployments }) : [],
    }
  },

  judge({ acknowledged }, { declared, made, crossed }, { release: { version }, environment }): VerdictInput {
    const fresh = declared.filter(({ id }) => !made.includes(id))
    const open = fresh.filter(({ id }) => !acknowledged.some(({ change }) => change === id))
    const expected = 'no one-way change that nobody acknowledged'
    const observed = fresh.length > 0 ? `it makes ${fresh.map(({ id }) => id).join(', ')}` : 'it makes none'
    if (crossed.length > 0) {
      const { reason, instead } = crossedText(crossed, { version, environment })
      return { outcome: 'fail', reason, expected, observed: crossed.map(({ id }) => id).join(', '), unblock: instead }
    }
    if (open.length > 0) {
      return {
        outcome: 'fail',
        reason: `there is no way back from ${open.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`,
        expected,
        observed,
        unblock: `someone with policy.edit, who names ${open.map(({ id }) => id).join(', ')} under acknowledged, with owner and reason`,
      }
    }
    const accepted = acknowledged.filter(({ change }) => fresh.some(({ id }) => id === change))
    if (accepted.length === 0) return { outcome: 'pass', reason: `${version} can be rolled back`, expected, observed }
    const who = accepted.map(({ change, owner }) => `${change} by ${owner}`).join(', ')
    return { outcome: 'pass', reason: `there will be no way back; acknowledged: ${who}`, expected, observed }
  },
})
