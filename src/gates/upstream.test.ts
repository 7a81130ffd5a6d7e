import { expect, test } from 'vitest'
import { ago, deployment, release, subject, worldOf } from '../../test/rig/gate-world.ts'
import type { Deployment } from '../core/deployment.ts'
import { digestOf } from '../core/digest.ts'
import { upstream } from './upstream.ts'

async function judged(deployments: Deployment[], after = ['stg']) {
  const about = { ...subject, after }
  return upstream.judge({}, await upstream.observe({}, about, worldOf({ deployments })), about)
}

test('a release that succeeded before passes, and links there', async () => {
  expect(await judged([deployment()])).toMatchObject({
    outcome: 'pass',
    reason: '7-ccccccc verified in stg',
    links: [{ title: 'promotion p0', url: '/api/v1/projects/shop/promotions/p0' }],
  })
})

test('a release that was never there waits, and says which command would change it', async () => {
  expect(await judged([])).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc has not been deployed to stg',
    unblock: expect.stringContaining('lockflight promote 7-ccccccc --to stg'),
  })
})

test('one that is on its way waits, one that failed there fails with the reason', async () => {
  expect(await judged([deployment({ outcome: 'running', finishedAt: null })])).toMatchObject({
    outcome: 'wait',
    reason: expect.stringContaining('is being deployed'),
  })
  expect(await judged([deployment({ outcome: 'failed', reason: 'health check: 500' })])).toMatchObject({
    outcome: 'fail',
    reason: '7-ccccccc failed (health check: 500) in stg',
  })
})

test('a success counts, even when a later deployment of the same release failed', async () => {
  const later = deployment({ promotion: 'p9', outcome: 'failed', startedAt: ago(10) })
  expect(await judged([later, deployment()])).toMatchObject({ outcome: 'pass' })
})

test('what happened to another release, or elsewhere, does not count', async () => {
  expect(await judged([deployment({ release: digestOf('other') }), deployment({ environment: 'dev' })])).toMatchObject({
    outcome: 'wait',
  })
})

test('every environment before is needed, and each that is missing is named', async () => {
  const verdict = await judged([deployment()], ['stg', 'eu', 'us'])
  expect(verdict).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc has not been deployed to eu; 7-ccccccc has not been deployed to us',
    observed: 'missing: eu, us',
  })
  const all = ['stg', 'eu', 'us'].map((environment) => deployment({ environment }))
  expect(await judged(all, ['stg', 'eu', 'us'])).toMatchObject({ outcome: 'pass' })
  expect(release.version).toBe('7-ccccccc')
})
