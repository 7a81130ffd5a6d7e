import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../test/rig/app.ts'
import { committingWhen } from '../test/rig/late-commit.ts'
import { admitOperator } from './operator.ts'

let rig: Awaited<ReturnType<typeof startApp>>
let folder: string
beforeEach(async () => {
  rig = await startApp('{ project: shop, environments: {} }')
  folder = await mkdtemp(join(tmpdir(), 'lockflight-operator-'))
})
afterEach(async () => {
  await rig.stop()
  await rm(folder, { recursive: true })
})

test('the person who runs the server becomes its admin once, also when two servers start at the same moment', async () => {
  const { length } = await rig.entries()
  let over = false
  const second = Promise.withResolvers<unknown>()
  const late = committingWhen(rig.app, async () => {
    second.resolve(admitOperator(rig.app).finally(() => (over = true)))
    return over || (await rig.someoneWaits())
  })
  await admitOperator(late)
  await second.promise
  await admitOperator(rig.app)
  const types = (await rig.entries()).slice(length).map(({ type }) => type)
  expect(types).toEqual(['member.added', 'grant.added'])
})

test('the credential is kept while it is good for long, and replaced when it was revoked or spoilt', async () => {
  const file = join(folder, 'credentials.json')
  const { leaveCredential } = await admitOperator(rig.app)
  const left = async () => {
    await leaveCredential('http://127.0.0.1:1', file)
    return (JSON.parse(await readFile(file, 'utf8')) as { token: string }).token
  }
  const first = await left()
  expect(await left()).toBe(first)
  await rig.pool.query('update token set revoked_at = now()')
  const second = await left()
  expect(second).not.toBe(first)
  await writeFile(file, '{"url": "http://127.0.0.1:1", "tok')
  expect(await left()).not.toBe(second)
})
