import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { answerPromotion } from './answer-promotion.ts'
import { backtestPolicy } from './backtest-policy.ts'
import { cancelPromotion } from './cancel-promotion.ts'
import { requestPromotion } from './request-promotion.ts'

const since = new Date('2026-01-01T00:00:00Z')

const policy = (prodGates: string) => `
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
  prod:
    after: [dev]
    deploy: { use: target }
    on-failure: rollback
    verify: [{ use: answer, of: prod }]
    gates: [${prodGates}]
`
const applied = '{ use: quality }, { use: signature }, { use: approval }, { use: soak, for: 1s }'

let rig: Awaited<ReturnType<typeof startApp>>

/** Three releases went to prod, the second of which failed there; a fourth waits for an approval. */
beforeAll(async () => {
  rig = await startApp(policy(applied))
  const bob = await rig.addMember('bob', ['approver'])
  const promote = async (total: number, answer: { healthy: boolean; approve: boolean }) => {
    const release = await rig.build({ tests: { total, passed: total } })
    rig.answers.set(release.digest, answer.healthy)
    await rig.drain()
    const ask = { project: rig.project, release: release.digest, environment: 'prod', class: 'standard' as const }
    const { id } = await requestPromotion(rig.app, rig.admin, { ...ask, reason: '' })
    await rig.drain()
    if (!answer.approve) return
    await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: 'fine' })
    await rig.drainUntil(async () => ['succeeded', 'failed'].includes((await rig.promotion(id)).state))
    await rig.drain()
  }
  await promote(20, { healthy: true, approve: true })
  await promote(2, { healthy: false, approve: true })
  await rig.app.store.transaction(async (tx) => {
    const prod = await tx.environments.lock(rig.project, 'prod')
    await tx.environments.save({ ...prod, hold: null })
  })
  await promote(4, { healthy: true, approve: true })
  await promote(30, { healthy: true, approve: false })
})
afterAll(() => rig.stop())

const backtest = (prodGates: string) =>
  backtestPolicy(rig.app, rig.admin, { project: rig.project, text: policy(prodGates), since, environment: 'prod' })

test('the policy in force says again of everything what it said then, and nothing is written', async () => {
  const before = await rig.entries()
  const result = await backtest(applied)
  expect(result).toMatchObject({ flipped: 0, flips: [], isWhole: true, promotions: 5 })
  expect(result.gates.map(({ unjudged }) => unjudged)).toEqual(result.gates.map(() => 0))
  const { rows } = await rig.pool.query<{ count: number }>(
    "select count(*)::int from evaluation where environment = 'prod'",
  )
  expect(result.judged).toBe(rows[0]?.count)
  // The rollback of the second counts as healthy, and the one that waits is open.
  expect(result).toMatchObject({ passed: { healthy: 3, failed: 1 }, stopped: { healthy: 0, failed: 0, open: 1 } })
  expect(await rig.entries()).toEqual(before)
})

test('a stricter gate shows what it would have caught, and what it would have stopped for nothing', async () => {
  const result = await backtest(applied.replace('quality', 'quality, tests: { at-least: 5 }'))
  expect(result).toMatchObject({ stopped: { healthy: 1, failed: 1, open: 1 }, passed: { healthy: 2, failed: 0 } })
  expect(result.flips).toHaveLength(result.flipped)
  expect(result.flips.filter(({ decisive }) => decisive)).toMatchObject([
    {
      gate: 'quality',
      was: 'pass',
      would: 'fail',
      fate: 'healthy',
      reason: expect.stringContaining('4 tests ran') as string,
    },
    {
      gate: 'quality',
      was: 'pass',
      would: 'fail',
      fate: 'failed',
      reason: expect.stringContaining('2 tests ran') as string,
    },
  ])
})

test('a shadow stops nothing, and shows what it would have said', async () => {
  const result = await backtest(applied.replace('quality', 'quality, shadow: true, tests: { at-least: 5 }'))
  expect(result).toMatchObject({ stopped: { healthy: 0, failed: 0 }, passed: { healthy: 3, failed: 1 } })
  expect(result.gates.find(({ id }) => id === 'quality')).toMatchObject({ fromPass: 2 })
})

test('a gate without the approval lets through what waits for one', async () => {
  const result = await backtest('{ use: quality }')
  expect(result).toMatchObject({ stopped: { open: 0 }, passed: { open: 1 }, flipped: 0 })
})

test('a renamed gate is judged on what was recorded under its old name, and a new kind on nothing', async () => {
  const result = await backtest('{ use: quality, id: tests }, { use: command, run: "true" }')
  expect(result.gates.find(({ id }) => id === 'tests')).toMatchObject({
    unjudged: 0,
    judged: expect.any(Number) as number,
  })
  expect(result.gates.find(({ use }) => use === 'command')).toMatchObject({ judged: 0, unjudged: 4 })
})

test('only what was asked for since then counts', async () => {
  const late = { project: rig.project, text: policy(applied), since: new Date('2100-01-01T00:00:00Z') }
  expect(await backtestPolicy(rig.app, rig.admin, late)).toMatchObject({ promotions: 0, judged: 0 })
})

test('a file of another project, and an environment it does not have, are refused by name', async () => {
  const ask = { project: rig.project, since, text: policy(applied).replace('shop', 'shed') }
  await expect(backtestPolicy(rig.app, rig.admin, ask)).rejects.toThrow('of project shop, found one of shed')
  const where = { ...ask, text: policy(applied), environment: 'qa' }
  await expect(backtestPolicy(rig.app, rig.admin, where)).rejects.toThrow('(dev, prod), found qa')
})

test('who may not read the project learns nothing of it', async () => {
  const stranger = await rig.addMember('eve', [])
  const ask = { project: rig.project, since, text: policy(applied) }
  await expect(backtestPolicy(rig.app, stranger, ask)).rejects.toMatchObject({ code: 'not_found' })
})

test('A37 others have the processor while it judges', async () => {
  const text = policy('{ use: quality }, { use: approval }').replace('after: [dev]', '')
  const other = await startApp(text)
  const { quality } = other.app.gates
  const release = await other.build()
  const asked = { project: other.project, environment: 'prod', class: 'standard' as const, reason: '' }
  for (let times = 0; times < 5; times++) {
    const { id } = await requestPromotion(other.app, other.admin, { ...asked, release: release.digest })
    await other.drain()
    await cancelPromotion(other.app, other.admin, { project: other.project, id, reason: 'again' })
  }
  let judged = 0
  const judge: NonNullable<typeof quality>['judge'] = (...given) => {
    judged += 1
    for (const end = performance.now() + 25; performance.now() < end;);
    return quality!.judge(...given)
  }
  const app = { ...other.app, gates: { ...other.app.gates, quality: { ...quality!, judge } } }
  const turns: number[] = []
  let ticking = setImmediate(function tick() {
    turns.push(judged)
    ticking = setImmediate(tick)
  })
  await backtestPolicy(app, other.admin, { project: other.project, text, since })
  clearImmediate(ticking)
  await other.stop()
  expect(judged).toBe(5)
  expect(Math.max(...[...turns, judged].map((at, index) => at - (turns[index - 1] ?? 0)))).toBeLessThan(3)
})
