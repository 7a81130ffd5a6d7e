import { expect, test } from 'vitest'
import { deployment, release, subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { judgeAgain } from '../core/evaluate.ts'
import type { Subject } from '../core/gate.ts'
import { reversible } from './reversible.ts'

const drop = { id: 'drop-orders', reason: 'the old orders are gone', instead: 'restore the backup' }
const making: Subject = { ...subject, release: { ...release, oneWay: [drop] } }
const acknowledged = [{ change: 'drop-orders', owner: 'ana', reason: 'nobody reads them' }]

async function judged(about: Subject, facts: Facts = {}, config: Record<string, unknown> = {}) {
  const evidence = await reversible.observe(reversible.config.parse(config), about, worldOf(facts))
  return judgeAgain(reversible, { config, evidence: JSON.parse(JSON.stringify(evidence)), subject: about })
}

test('a release that makes no one-way change can be rolled back', async () => {
  expect(await judged(subject)).toMatchObject({ outcome: 'pass', reason: '7-ccccccc can be rolled back' })
})

test('one that does passes once somebody answers for it, and the verdict says who', async () => {
  expect(await judged(making)).toMatchObject({
    outcome: 'fail',
    reason: 'there is no way back from drop-orders (the old orders are gone)',
    unblock: 'someone with policy.edit, who names drop-orders under acknowledged, with owner and reason',
  })
  expect(await judged(making, {}, { acknowledged })).toMatchObject({
    outcome: 'pass',
    reason: 'there will be no way back; acknowledged: drop-orders by ana',
  })
  expect(reversible.config.safeParse({ acknowledged: [{ change: 'drop-orders' }] }).success).toBe(false)
})

test('a change that was made here before needs no acknowledgement again', async () => {
  const oneWay = [{ fence: 1, version: '6-bbbbbbb', changes: [drop] }]
  expect(await judged(making, { oneWay })).toMatchObject({ outcome: 'pass' })
})

test('coming back across a change fails, acknowledged or not, and says what to do instead', async () => {
  const deployments = [deployment({ environment: 'prod', fence: 1 })]
  const oneWay = [{ fence: 2, version: '8-ddddddd', changes: [drop] }]
  expect(await judged(subject, { deployments, oneWay }, { acknowledged })).toMatchObject({
    outcome: 'fail',
    reason:
      '7-ccccccc cannot come back to prod across a one-way change: drop-orders by 8-ddddddd (the old orders are gone)',
    unblock: 'restore the backup; or ship a release that mends it',
  })
  const failedOnly = [deployment({ environment: 'prod', fence: 1, outcome: 'failed' })]
  expect(await judged(subject, { deployments: failedOnly, oneWay })).toMatchObject({ outcome: 'pass' })
})
