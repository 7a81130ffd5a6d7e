import { expect, test } from 'vitest'
import { crossedChanges, crossedText, type OneWayDeployment } from './one-way.ts'

const drop = { id: 'drop-orders', reason: 'the old orders are gone' }
const split = { id: 'split-names', reason: 'names are two columns now', instead: 'restore the backup of the day' }
const deployed = (fence: number, ...changes: (typeof drop)[]): OneWayDeployment => ({
  fence,
  version: `v${fence}`,
  changes,
})
const ids = (...given: Parameters<typeof crossedChanges>) =>
  crossedChanges(...given).map(({ id, version }) => `${id} by ${version}`)

test('a change made since a release was healthy stands between, whatever became of the release that made it', () => {
  expect(ids({}, { healthyFence: 1, deployments: [deployed(2, drop), deployed(3, drop, split)] })).toEqual([
    'drop-orders by v2',
    'split-names by v3',
  ])
})

test('what the release makes itself, or what had been made when it was healthy, does not', () => {
  const deployments = [deployed(1, drop), deployed(4, drop)]
  expect(ids({ oneWay: [drop] }, { healthyFence: 0, deployments })).toEqual([])
  expect(ids({}, { healthyFence: 2, deployments })).toEqual([])
  expect(ids({}, { healthyFence: 0, deployments })).toEqual(['drop-orders by v1'])
})

test('a declaration that was taken out of the file later still stands between', () => {
  const deployments = [deployed(2, drop)]
  expect(ids({}, { healthyFence: 1, deployments })).toEqual(['drop-orders by v2'])
  // Healthy after the change, and without the declaration: 3 cleaned the file up.
  expect(ids({}, { healthyFence: 3, deployments })).toEqual([])
})

test('the reason names every change, and what to do instead', () => {
  const crossed = crossedChanges({}, { healthyFence: 1, deployments: [deployed(2, drop, split)] })
  expect(crossedText(crossed, { version: '6-b', environment: 'prod' })).toEqual({
    reason:
      '6-b cannot come back to prod across a one-way change: drop-orders by v2 (the old orders are gone), split-names by v2 (names are two columns now)',
    instead: 'restore the backup of the day; or ship a release that mends it',
  })
})
