import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelPromotion } from '../../src/app/cancel-promotion.ts'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { judgePromotion } from '../../src/app/judge-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import type { Promotion } from '../../src/core/promotion.ts'
import { startApp } from '../rig/app.ts'

const policy = `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: command, id: slo, run: slo, stable-for: 2s }]
  slow:
    deploy: { use: target }
    gates: [{ use: command, id: slo, run: slo, timeout: 1s, shadow: true }, { use: signature }]
`

let rig: Awaited<ReturnType<typeof startApp>>
let answer: () => Promise<number> = async () => 0
beforeAll(async () => {
  rig = await startApp(policy)
  const command = async () => ({ exitCode: await answer(), output: '', answer: '' })
  rig.app.outside = { ...rig.app.outside, command }
})
afterAll(() => rig.stop())

async function ask(release: string, environment = 'prod'): Promise<Promotion> {
  const { app, admin, project } = rig
  const asked = { project, release, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, asked)
  await rig.drain()
  return rig.promotion(id)
}
const why = (id: string) => explainPromotion(rig.app, rig.admin, { project: rig.project, id })

test('A33 a gate that says yes every other time is not asked until it does, and everyone sees how often it changed', async () => {
  let looks = 0
  answer = async () => (looks++ % 2 === 0 ? 1 : 0)
  const { digest } = await rig.build()
  let promotion = await ask(digest)
  for (let round = 0; round < 9; round++) await judgePromotion(rig.app, promotion)
  promotion = await rig.promotion(promotion.id)
  expect({ state: promotion.state, looks }).toEqual({ state: 'waiting', looks: 10 })
  expect((await why(promotion.id)).unmet).toMatchObject([
    { id: 'slo', outcome: 'wait', changes: 9, expected: '2s without another answer' },
  ])
  const logged = (await rig.entries()).filter(({ subject }) => subject === promotion.id).map(({ type }) => type)
  expect(logged.slice(1)).toEqual(
    Array.from({ length: 10 }, (_, look) => (look % 2 === 0 ? 'gate.failed' : 'gate.passed')),
  )
  const { rows } = await rig.pool.query('select from evaluation where promotion = $1', [promotion.id])
  expect(rows).toHaveLength(10)

  await cancelPromotion(rig.app, rig.admin, { project: rig.project, id: promotion.id, reason: 'try anew' })
  answer = async () => 0
  const again = await ask(digest)
  expect(again).toMatchObject({ state: 'waiting', unmet: [{ id: 'slo', changes: 9 }] })
  await rig.drainUntil(async () => (await rig.promotion(again.id)).state === 'succeeded')
})

test('A33 a gate that passes from the start is waited for by nobody', async () => {
  answer = async () => 0
  const { digest } = await rig.build()
  expect((await ask(digest)).state).toBe('succeeded')
})

test('A32 a gate that does not answer in time is an error that names its limit, and as a shadow holds nobody', async () => {
  answer = () => new Promise(() => undefined)
  const { digest } = await rig.build()
  const { id, state } = await ask(digest, 'slow')
  expect(state).toBe('succeeded')
  const { shadows } = await why(id)
  expect(shadows).toMatchObject([
    { id: 'slo', outcome: 'error', reason: expect.stringContaining('no answer within its time limit of 1s') },
  ])
  const entry = (await rig.entries()).find(({ type, subject }) => type === 'gate.failed' && subject === id)
  expect(entry?.data).toMatchObject({ gate: 'slo', shadow: true, outcome: 'error' })
})
