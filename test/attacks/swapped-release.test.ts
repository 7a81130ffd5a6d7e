import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { advancePromotion } from '../../src/app/advance-promotion.ts'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { chanceOf } from '../faults/chance.ts'
import { startApp } from '../rig/app.ts'

const configuration = `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: approval, count: 1 }]
`

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(configuration)
})
afterEach(() => rig.stop())

async function ask(release: string) {
  const asked = { project: rig.project, release, environment: 'prod', class: 'standard' as const, reason: '' }
  return (await requestPromotion(rig.app, rig.admin, asked)).id
}

/** What someone with the database's password could do; nothing of Lockflight ever does it. */
const swap = (id: string, release: string) =>
  rig.pool.query('update promotion set release = $1 where id = $2', [release, id])

const seed = 20_261_123
const tries = 100

test(`A03 in ${tries} races between approval, start and a swap of the release, the target gets what was approved or nothing`, async () => {
  const random = chanceOf(seed)
  const bob = await rig.addMember('bob', ['approver'])
  const [approved, swapped] = [await rig.build(), await rig.build()]
  const outcomes = { deployed: 0, stopped: 0 }
  // How many turns the start is ahead of the swap: follows the outcomes, so that the race is close on any machine.
  let ahead = 0
  for (let n = 0; n < tries; n++) {
    const id = await ask(approved.digest)
    await rig.drain()
    const after = async (turns: number, work: () => Promise<unknown>) => {
      for (let passed = 0; passed < turns; passed++) await turn()
      return work()
    }
    const advance = () => advancePromotion(rig.app, id, AbortSignal.timeout(20_000))
    await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: '' })
    await Promise.allSettled([
      after(Math.max(0, ahead) + random.between(0, 20), () => swap(id, swapped.digest)),
      after(Math.max(0, -ahead) + random.between(0, 20), advance),
    ])
    await rig.drain()
    const executed = rig.target.executions.filter(({ promotion }) => promotion === id)
    expect(new Set(executed.map(({ release }) => release)), `seed ${seed}, try ${n}`).not.toContain(swapped.digest)
    const deployed = executed.length > 0
    outcomes[deployed ? 'deployed' : 'stopped'] += 1
    ahead += deployed ? -5 : 5
  }
  // A race that always ends the same way is none.
  expect(Math.min(outcomes.deployed, outcomes.stopped), JSON.stringify(outcomes)).toBeGreaterThan(tries / 10)
  expect(rig.target.live.get('prod')).toBe(approved.digest)
}, 120_000)

test('A03 a release swapped after the start changes nothing of what is deployed', async () => {
  const bob = await rig.addMember('bob', ['approver'])
  const [approved, swapped] = [await rig.build(), await rig.build()]
  const id = await ask(approved.digest)
  await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: '' })
  rig.jobs.splice(0)
  await advancePromotion(rig.app, id, AbortSignal.timeout(20_000))
  expect(await rig.promotion(id)).toMatchObject({ state: 'deploying' })
  await swap(id, swapped.digest)
  await rig.drain()
  expect(rig.target.executions).toMatchObject([{ promotion: id, release: approved.digest }])
  expect(rig.target.live.get('prod')).toBe(approved.digest)
})
