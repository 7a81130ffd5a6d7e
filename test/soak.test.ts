import { afterAll, beforeAll, expect, test } from 'vitest'
import { explainPromotion } from '../src/app/explain-promotion.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { startApp } from './rig/app.ts'

const configuration = `
project: shop
environments:
  stg:
    deploy: { use: target }
    verify: [{ use: answer, of: stg }]
  prod:
    after: [stg]
    deploy: { use: target }
    gates: [{ use: soak, for: 1s }]
`

let rig: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  rig = await startApp(configuration)
})
afterAll(() => rig.stop())

async function ask(release: string, environment: string): Promise<string> {
  const asked = { project: rig.project, release, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  return id
}

test('a release soaks no longer when another one failed in its place and was left there', async () => {
  const [first, second] = [await rig.build(), await rig.build()]
  rig.answers.set(second.digest, false)
  const lifted = await ask(first.digest, 'stg')
  expect(await rig.promotion(lifted)).toMatchObject({ state: 'succeeded' })
  const failed = await ask(second.digest, 'stg')
  expect(await rig.promotion(failed)).toMatchObject({ state: 'failed' })
  // As if all of it had been a minute ago.
  const columns = ['started_at', 'deployed_at', 'finished_at'].map((name) => `${name} = ${name} - interval '1 minute'`)
  await rig.pool.query(`update deployment set ${columns.join(', ')}`)

  const id = await ask(first.digest, 'prod')
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting' })
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id })
  expect(why.unmet).toMatchObject([{ reason: expect.stringContaining('was replaced in stg') as string }])

  await ask(first.digest, 'stg')
  await rig.drainUntil(async () => (await rig.promotion(id)).state === 'succeeded')
})
