import { afterEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { deploymentAtWork } from './deployment-at-work.ts'
import { failDeployment } from './fail-deployment.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

/** Puts a release into prod beside one that is live there, and tells what its target was asked to do. */
async function canary(step: string, deploy: (request: DeployRequest) => 'running' | 'succeeded') {
  rig = await startApp(`
project: shop
environments:
  prod:
    deploy: { use: target }
    deploy-timeout: 1s
    rollout: { use: canary, router: { use: none }, steps: [${step}] }
    verify: [{ use: answer, of: prod }]
`)
  await lift()
  rig.app.deployers['target'] = {
    ...rig.target.deployer,
    async deploy(config, request) {
      if (deploy(request) === 'running') return { outcome: 'running' }
      return rig.target.deployer.deploy(config, request)
    },
  }
  return lift()
}

async function lift() {
  const { digest } = await rig.build()
  const ask = { project: rig.project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, ask)
  await rig.drainUntil(async () => (await rig.promotion(id)).finishedAt !== null)
  const phases = rig.target.executions.filter(({ promotion }) => promotion === id).map(({ phase }) => phase)
  return { ...(await rig.promotion(id)), phases }
}

test('a pause longer than the time for deploying is no reason to fail', async () => {
  const { state, phases } = await canary('{ weight: 50, pause: 3s }', () => 'succeeded')
  expect({ state, phases }).toEqual({ state: 'succeeded', phases: ['start', 'finish'] })
})

test('what hangs is given up, and what it started is taken away although the time is over', async () => {
  let asked = 0
  const slow = ({ phase }: DeployRequest) => {
    if (phase === 'finish') return 'running'
    // It takes its time, like every script.
    return phase === 'discard' && ++asked < 3 ? 'running' : 'succeeded'
  }
  const { state, reason, phases } = await canary('{ weight: 50 }', slow)
  expect({ state, reason, phases }).toEqual({
    state: 'failed',
    reason: 'not done within 1s',
    phases: ['start', 'discard'],
  })
})

test('a worker whose deployment was ended by another asks nothing more of the target', async () => {
  rig = await startApp('{ project: shop, environments: { prod: { deploy: { use: target } } } }')
  const { app, project, admin } = rig
  const { digest } = await rig.build()
  const ask = { project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, ask)
  let asked = 0
  app.deployers['target'] = {
    ...rig.target.deployer,
    async deploy() {
      asked += 1
      await failDeployment(app, await deploymentAtWork(app, await rig.promotion(id)), 'ended elsewhere')
      return { outcome: 'running' }
    },
  }
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'failed', reason: 'ended elsewhere' })
  expect(asked).toBe(1)
})
