import { expect, test } from 'vitest'
import { aDrill, drillStatement } from '../../test/rig/drills.ts'
import { ago, provenanceStatement, signingKey, subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { judgeAgain } from '../core/evaluate.ts'
import { drill } from './drill.ts'

const { trusted, attest } = signingKey()
const receipt = attest(drillStatement())
const drilled: Facts = {
  drills: [aDrill({ receipt: receipt.digest })],
  attestations: [attest(provenanceStatement()), receipt],
  keys: [trusted],
}

async function judged(facts: Facts, settings: object = {}, at = subject.at) {
  const config = { within: '30d', ...settings }
  const evidence = await drill.observe(drill.config.parse(config), subject, worldOf(facts))
  return judgeAgain(drill, { config, evidence: JSON.parse(JSON.stringify(evidence)), subject: { ...subject, at } })
}

test('a fresh drill with a receipt passes, says how it went, and until when it counts', async () => {
  expect(await judged(drilled)).toMatchObject({
    outcome: 'pass',
    reason: 'stg was drilled 1h ago, from 7-ccccccc to 6-bbbbbbb and forth again in 1m and 30s',
    until: '2026-12-23T11:00:00.000Z',
  })
})

test('one that is too long ago does not count any more', async () => {
  expect(await judged(drilled, { within: '30m' })).toMatchObject({
    outcome: 'wait',
    reason: 'the last drill of stg was at 2026-11-23T11:00:00.000Z',
    unblock: 'someone with rollback.request: lockflight drill --env stg --reason …',
  })
  expect(await judged(drilled, {}, ago(-31 * 86_400))).toMatchObject({ outcome: 'wait' })
})

test('a drill after the one that counts may go on or fail without taking its worth away', async () => {
  for (const state of ['running', 'failed'] as const) {
    const later = aDrill({ id: 'drill-2', state, reason: 'no room', receipt: null, startedAt: ago(60) })
    expect(await judged({ ...drilled, drills: [later, ...drilled.drills!] }), state).toMatchObject({ outcome: 'pass' })
    const alone = await judged({ drills: [later] })
    expect(alone).toMatchObject(
      state === 'running' ? { outcome: 'wait' } : { outcome: 'fail', reason: 'the last drill of stg failed: no room' },
    )
  }
})

test('a receipt that is missing, not signed by a trusted key, or about another drill is no proof', async () => {
  const other = attest(drillStatement({ environment: 'dev' }))
  const wrong = { ...drilled, drills: [aDrill({ receipt: other.digest })], attestations: [other] }
  const cases: [Facts, string][] = [
    [{ ...drilled, attestations: [] }, 'is not there'],
    [{ ...drilled, keys: [{ ...trusted, revokedAt: ago(60) }] }, 'key.revoked'],
    [wrong, 'about something else'],
  ]
  for (const [facts, why] of cases) {
    expect(await judged(facts)).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining(why) })
  }
})

test('every environment that is named must have been drilled', async () => {
  expect(await judged(drilled, { in: ['stg', 'qa'] })).toMatchObject({
    outcome: 'wait',
    reason: 'qa was never drilled',
  })
  expect(await judged(drilled, { in: ['stg'] })).toMatchObject({ outcome: 'pass' })
})
