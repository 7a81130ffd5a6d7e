import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { backtestPolicy } from '../../src/app/backtest-policy.ts'
import { explainPromotion, previewPromotion } from '../../src/app/explain-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { requestRollback } from '../../src/app/request-rollback.ts'
import type { Actor } from '../../src/core/actor.ts'
import { startApp } from '../rig/app.ts'

const open = `
project: shop
environments:
  stg: { deploy: { use: target } }
  prod: { after: [stg], promote: auto, deploy: { use: target }, gates: [{ use: approval }] }
`
const frozen = (when = '{ from: 2020-01-01, to: 2999-12-31 }') =>
  `${open}freezes:\n  audit: { reason: the auditors are here, when: [${when}], environments: [prod] }\n`

let rig: Awaited<ReturnType<typeof startApp>>
let bob: Actor
beforeEach(async () => {
  rig = await startApp(open)
  bob = await rig.addMember('bob', ['approver'])
})
afterEach(() => rig.stop())

async function apply(text: string) {
  await applyRevision(rig.app, rig.admin, { project: rig.project, text, file: 'lockflight.yaml', dryRun: false })
  await rig.drain()
}

async function ask(release: string, environment: string, promotionClass: 'standard' | 'hotfix' = 'standard') {
  const asked = { project: rig.project, release, environment, class: promotionClass, reason: 'because' }
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  return id
}

async function approve(id: string) {
  await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: 'fine' })
  await rig.drain()
}

const unmet = async (id: string) =>
  (await explainPromotion(rig.app, rig.admin, { project: rig.project, id })).unmet.map((each) => each.id)
const stateOf = async (id: string) => (await rig.promotion(id)).state
const waitingInProd = () => rig.app.store.read((tx) => tx.promotions.waitingIn(rig.project, 'prod'))

test('A35 what was asked for, approved and promoted onwards before a freeze does not start in it', async () => {
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const [onwards] = await waitingInProd()
  expect(await unmet(onwards!.id)).toEqual(['approval'])
  await apply(frozen())
  await approve(onwards!.id)
  expect(await unmet(onwards!.id)).toEqual(['freeze-audit'])
  expect(rig.target.executions.map(({ release }) => release)).toEqual([digest])
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id: onwards!.id })
  expect(why.unmet[0]).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('the auditors are here') })
})

test('A35 what is asked for during a freeze waits as well, whoever asks, in stg nothing does, and a preview says so', async () => {
  await apply(frozen())
  const { digest } = await rig.build()
  expect(await stateOf(await ask(digest, 'stg'))).toBe('succeeded')
  const [onwards] = await waitingInProd()
  expect(await unmet(onwards!.id)).toEqual(['approval', 'freeze-audit'])
  const asked = { project: rig.project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const preview = await previewPromotion(rig.app, rig.admin, asked)
  expect(preview.unmet.map((each) => each.id)).toEqual(['approval', 'freeze-audit'])
})

test('A35 a hotfix passes a freeze, and a rollback only to what was healthy there', async () => {
  const [first, second] = [await rig.build(), await rig.build()]
  for (const { digest } of [first, second]) {
    await ask(digest, 'stg')
    for (const { id } of await waitingInProd()) await approve(id)
  }
  await apply(frozen())
  const back = (to: string) =>
    requestRollback(rig.app, rig.admin, { project: rig.project, environment: 'prod', to, reason: 'broken' })
  const never = await rig.build()
  await expect(back(never.digest)).rejects.toMatchObject({ code: 'unprocessable' })
  const { id } = await back(first.digest)
  await rig.drain()
  expect(await stateOf(id)).toBe('succeeded')
  expect((await rig.entries()).map(({ type }) => type)).toContain('rollback.executed')

  await ask(never.digest, 'stg')
  const urgent = await ask(never.digest, 'prod', 'hotfix')
  await approve(urgent)
  expect(await unmet(urgent)).toEqual(['held'])
})

test('A35 a freeze stops no deployment that has started', async () => {
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const [onwards] = await waitingInProd()
  rig.target.before = async ({ environment }) => {
    delete rig.target.before
    expect(environment).toBe('prod')
    const input = { project: rig.project, text: frozen(), file: 'lockflight.yaml', dryRun: false }
    await applyRevision(rig.app, rig.admin, input)
  }
  await approve(onwards!.id)
  expect(await stateOf(onwards!.id)).toBe('succeeded')
})

test('what is logged about a deployment says of every freeze that it was over, and a backtest tries a longer one', async () => {
  await apply(frozen('{ from: 2020-01-01, to: 2020-01-02 }'))
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const [onwards] = await waitingInProd()
  await approve(onwards!.id)
  const deployed = (await rig.entries()).filter(({ subject }) => subject === onwards!.id)
  for (const type of ['deploy.started', 'deploy.completed'] as const) {
    const logged = deployed.find((each) => each.type === type)
    expect(JSON.stringify(logged?.data), type).toContain('"gate":"freeze-audit"')
  }
  const tried = { project: rig.project, text: frozen(), since: new Date(0), environment: 'prod' }
  const { flips } = await backtestPolicy(rig.app, rig.admin, tried)
  expect(new Set(flips.map(({ gate }) => gate))).toEqual(new Set(['freeze-audit']))
})

test('a promotion is woken at the very moment the freeze ends, and when someone lifts it', async () => {
  const tomorrow = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 + 2 * 86_400_000)
  await apply(frozen(`{ from: 2020-01-01, to: ${tomorrow.toISOString().slice(0, 16)} }`))
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const [onwards] = await waitingInProd()
  await approve(onwards!.id)
  expect(await rig.promotion(onwards!.id)).toMatchObject({ state: 'waiting', recheckAt: tomorrow })
  expect(rig.jobs).toContainEqual({ verb: 'advance-promotion', promotion: onwards!.id, at: tomorrow })
  await apply(open)
  expect(await stateOf(onwards!.id)).toBe('succeeded')
})

test('a freeze names environments that exist, and no gate takes its name', async () => {
  await expect(apply(frozen().replace('[prod]', '[prd]'))).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('expected an environment of this file, found prd') }],
  })
  await expect(apply(frozen().replace('use: approval', 'use: approval, id: freeze-audit'))).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('freeze-audit is the gate that the freeze adds by itself') }],
  })
  await expect(apply(frozen('{ rrule: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31 }'))).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('never happens') }],
  })
  const anyone = { id: 'eve@local', kind: 'human', name: 'eve' } as const
  const input = { project: rig.project, text: open, file: 'lockflight.yaml', dryRun: false }
  await expect(applyRevision(rig.app, anyone, input)).rejects.toMatchObject({ code: 'not_found' })
})
