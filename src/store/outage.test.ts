import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeTemplate, copyDatabase, startTestPostgres } from '../../test/rig/postgres-server.ts'
import { openStore } from '../../test/rig/store.ts'
import { entries } from '../log/entries.ts'
import { createPool } from './connect.ts'
import { createStore } from './store.ts'

let server: Awaited<ReturnType<typeof startTestPostgres>>
beforeAll(async () => {
  server = await startTestPostgres({ fsync: 'on', synchronous_commit: 'on' })
  await makeTemplate(server.url)
})
afterAll(() => server.remove())

const open = async () => openStore((await copyDatabase(server.url)).url)

test('F06 what was acknowledged survives kills of PostgreSQL, and everything goes on without help', async () => {
  const rig = await open()
  const { store, queue, reports } = rig
  const done: string[] = []
  await queue.work({
    'execute-run': async ({ run }) => void done.push(run),
    'advance-promotion': async () => undefined,
  })
  const acknowledged: string[] = []
  const refusals: unknown[] = []
  const stop = new AbortController()
  const write = async () => {
    while (!stop.signal.aborted) {
      const id = `e-${randomUUID()}`
      await store
        .transaction(async (tx) => {
          await tx.environments.ensure('shop', id)
          await tx.enqueue({ verb: 'execute-run', run: id })
        })
        .then(
          () => acknowledged.push(id),
          (error: unknown) => refusals.push(error),
        )
    }
  }
  const writers = Array.from({ length: 4 }, write)
  for (let kill = 1; kill <= 3; kill++) {
    const before = acknowledged.length
    await vi.waitUntil(() => acknowledged.length > before + 50, { timeout: 20_000 })
    const refused = refusals.length
    process.kill(server.pid(), 'SIGKILL')
    await vi.waitUntil(() => refusals.length > refused, { timeout: 10_000 })
  }
  const before = acknowledged.length
  await vi.waitUntil(() => acknowledged.length > before + 50, { timeout: 20_000 })
  stop.abort()
  await Promise.all(writers)

  for (const refusal of refusals) expect(refusal).toMatchObject({ name: 'Refusal', code: 'unavailable' })
  const there = new Set((await store.read((tx) => tx.environments.list('shop'))).map(({ name }) => name))
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
  await vi.waitUntil(() => acknowledged.every((id) => done.includes(id)), { timeout: 25_000, interval: 200 })
  expect(new Set(done)).toEqual(there)
  expect(reports).toEqual([])
  await rig.close()
}, 90_000)

test('F08 a connection cut in the middle fails its transaction and no other', async () => {
  const rig = await open()
  const { store, pool } = rig
  const work = store.transaction(async (tx) => {
    await tx.environments.ensure('shop', 'half')
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    )
    await tx.environments.ensure('shop', 'whole')
  })
  await expect(work).rejects.toMatchObject({ code: 'unavailable', reason: 'database_unavailable' })
  await store.transaction((tx) => tx.environments.ensure('shop', 'after'))
  const names = (await store.read((tx) => tx.environments.list('shop'))).map(({ name }) => name)
  expect(names).toEqual(['after'])
  await rig.close()
})

test('a database that is not there is a refusal that says so', async () => {
  const pool = createPool({ url: 'postgresql://nobody@127.0.0.1:9/nothing', connections: 1 })
  const outbox = { add: async () => undefined, committed: () => undefined }
  const store = createStore({ pool, outbox, entries, newId: randomUUID })
  await expect(store.read((tx) => tx.keys.list())).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  })
  await pool.end()
})
