import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startApp } from '../../test/rig/app.ts'
import type { Gate } from '../core/gate.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

test('a gate that looks outside for longer than its verdict may be old can still pass', async () => {
  rig = await startApp(`
project: shop
environments:
  prod: { deploy: { use: target }, gates: [{ use: command, run: slow-check }] }
`)
  const { app, admin, project } = rig
  let looks = 0
  const slow: Gate = {
    config: z.strictObject({ run: z.string() }).loose(),
    evidence: z.strictObject({}),
    reads: 'outside',
    maxAgeSeconds: 1,
    async observe() {
      looks += 1
      await pause(1500)
      return {}
    },
    judge: () => ({ outcome: 'pass', reason: 'it took its time' }),
  }
  app.gates = { ...app.gates, command: slow }
  const { digest } = await rig.build()
  const ask = { project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, ask)
  await rig.drainUntil(async () => (await rig.promotion(id)).finishedAt !== null || looks > 3)
  expect({ state: (await rig.promotion(id)).state, looks }).toEqual({ state: 'succeeded', looks: 1 })
})
