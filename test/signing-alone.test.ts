import { expect, test } from 'vitest'
import { addEvidence } from '../src/app/add-evidence.ts'
import { requestDrill } from '../src/app/request-drill.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import type { Signer, Statement } from '../src/core/attestation.ts'
import { opened } from './rig/opened.ts'
import { startServer } from './rig/server.ts'

const rig = await opened(startServer())
const { app, admin, pool } = rig

test('nothing is signed while a transaction is open: a signer behind a network would hold its locks', async () => {
  const signed: string[] = []
  const { sign } = app.signer
  const open = async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
    return rowCount
  }
  const watched =
    (timeout: number): Signer['sign'] =>
    async (statement, key) => {
      // The end of a read is sent and not waited for; one that waits for the signature never ends.
      await expect.poll(open, { timeout }).toBe(0)
      signed.push(statement.predicateType)
      return sign(statement, key)
    }
  app.signer.sign = watched(10_000)

  const promote = (release: string) =>
    requestPromotion(app, admin, { project: 'shop', environment: 'stg', release, class: 'standard', reason: '' })
  for (let round = 0; round < 2; round++) {
    const { digest } = await rig.build()
    await rig.drain()
    await promote(digest)
    await rig.drain()
    const content = Buffer.from(`<testsuite name="t${round}" tests="1"><testcase name="a"/></testsuite>`).toString(
      'base64',
    )
    await addEvidence(app, admin, { project: 'shop', release: digest, files: [{ path: 'more.xml', content }] })
  }
  await requestDrill(app, admin, { project: 'shop', environment: 'stg', reason: 'monthly' })
  await rig.drain()
  expect(new Set(signed)).toEqual(
    new Set([
      'https://slsa.dev/provenance/v1',
      'https://lockflight.dev/report/v1',
      'https://in-toto.io/attestation/test-result/v0.1',
      'https://cyclonedx.org/bom',
      'https://slsa.dev/verification_summary/v1',
      'https://lockflight.dev/drill/v1',
    ]),
  )
  const [key] = await app.signer.keys()
  const inside = app.store.transaction(async (tx) => {
    await tx.keys.list()
    return watched(200)(statement, key!)
  })
  await expect(inside).rejects.toThrow('expected 1 to be +0')
})

const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'x', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'urn:test',
  predicate: {},
}
