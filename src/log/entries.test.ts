import { expect, test } from 'vitest'
import { entryNumber } from '../../test/rig/entries.ts'
import { freshLog } from '../../test/rig/log.ts'
import { entries } from './entries.ts'

const logged = [
  entryNumber(0, { type: 'revision.applied', environment: null }),
  entryNumber(1),
  entryNumber(2, { environment: 'stg' }),
  entryNumber(3, { project: 'billing', subject: 'promotion-1' }),
  entryNumber(4, { type: 'deploy.completed' }),
  entryNumber(5, { project: null, environment: null, type: 'member.added' }),
]

test('entries are found by project, environment, subject, type and place, in either direction', async () => {
  await using log = await freshLog()
  await log.add(...logged)
  const reads = entries(log.pool)
  expect(await reads.list({ from: 0, limit: 100 })).toEqual([])
  await log.sequenceAll()

  const found = async (query: Partial<Parameters<typeof reads.list>[0]>) =>
    (await reads.list({ from: 0, limit: 100, ...query })).map(({ index }) => index)
  expect(await reads.list({ from: 1, limit: 1 })).toEqual([{ ...logged[1], index: 1 }])
  expect(await found({})).toEqual([0, 1, 2, 3, 4, 5])
  expect(await found({ descending: true, limit: 2 })).toEqual([5, 4])
  expect(await found({ from: 4 })).toEqual([4, 5])
  expect(await found({ project: 'checkout' })).toEqual([0, 1, 2, 4])
  expect(await found({ project: 'checkout', environment: 'prod' })).toEqual([1, 4])
  expect(await found({ subject: 'promotion-1' })).toEqual([1, 3])
  expect(await found({ types: ['deploy.completed', 'member.added'] })).toEqual([4, 5])
  expect(await found({ types: [] })).toEqual([])
  expect(await found({ project: 'billing', from: 4 })).toEqual([])
  expect(await found({ project: `' or 1=1 --` })).toEqual([])
})

test('entries are counted by type, place and outcome as they come in', async () => {
  await using log = await freshLog()
  const verdict = (number: number, outcome: string) => entryNumber(number, { type: 'gate.failed', data: { outcome } })
  await log.add(...logged, verdict(10, 'fail'), verdict(11, 'fail'), verdict(12, 'error'))
  await log.sequenceAll(4)
  const place = { project: 'checkout', environment: 'prod' }
  expect(await entries(log.pool).tallies('checkout')).toEqual([
    { type: 'deploy.completed', ...place, outcome: '', entries: 1 },
    { type: 'gate.failed', ...place, outcome: 'error', entries: 1 },
    { type: 'gate.failed', ...place, outcome: 'fail', entries: 2 },
    { type: 'gate.passed', ...place, outcome: '', entries: 1 },
    { type: 'gate.passed', ...place, environment: 'stg', outcome: '', entries: 1 },
    { type: 'revision.applied', ...place, environment: null, outcome: '', entries: 1 },
  ])
  expect(await entries(log.pool).tallies('unknown')).toEqual([])
})
