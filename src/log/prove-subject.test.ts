import { expect, test } from 'vitest'
import { entriesFrom, entryNumber } from '../../test/rig/entries.ts'
import { freshLog, testKey } from '../../test/rig/log.ts'
import { proofText, readProof, verifyProof } from '../core/log-proof.ts'
import { entries } from './entries.ts'

test('all that the log says of a subject in a project is proven under one checkpoint', async () => {
  await using log = await freshLog()
  const { prove } = entries(log.pool)
  const about = { project: 'checkout', subject: 'promotion-3' }
  await log.add(...entriesFrom(0, 600), entryNumber(603, { project: 'billing' }))
  expect(await prove(about)).toBeNull()
  await log.sequenceAll(250)
  const proven = await prove(about)
  expect(proven).toMatchObject({ environment: 'prod' })
  const text = proofText({ promotion: about.subject, vkey: testKey.vkey, ...proven! })
  const { checkpoint, entries: found } = verifyProof(readProof(text), testKey)
  expect(checkpoint.size).toBe(601)
  expect(found.map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, at) => at * 10 + 3))
  expect(await prove({ ...about, project: 'unknown' })).toBeNull()
})
