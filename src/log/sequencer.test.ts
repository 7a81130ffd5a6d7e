import { Client } from 'pg'
import { expect, test } from 'vitest'
import { entriesFrom, entryNumber, queueEntries } from '../../test/rig/entries.ts'
import { freshLog, testKey, type TestLog } from '../../test/rig/log.ts'
import { createPool } from '../store/connect.ts'
import { startSequencer, type Sequencer } from './sequencer.ts'

function start(log: TestLog) {
  const problems: (Error | null)[] = []
  const sequencer = startSequencer({ pool: log.pool, key: testKey, report: (problem) => problems.push(problem) })
  return Object.assign(sequencer, { problems, [Symbol.asyncDispose]: () => sequencer.stop() })
}

/** The next time the log grows. */
const growth = (sequencer: Sequencer) =>
  new Promise<void>((resolve) => {
    const stop = sequencer.onGrowth(() => {
      stop()
      resolve()
    })
  })

const sizeOf = async ({ pool }: TestLog) =>
  (await pool.query<{ size: number }>('select coalesce(max(index) + 1, 0) as size from log_entry')).rows[0]!.size

test('entries are in the log soon after a wake, and whoever listens is told', async () => {
  await using log = await freshLog()
  await using sequencer = start(log)
  for (let at = 0; at < 5; at += 1) {
    const grown = growth(sequencer)
    await log.add(entryNumber(at))
    sequencer.wake()
    await grown
    expect(await sizeOf(log)).toBe(at + 1)
  }
  expect(sequencer.problems).toEqual([])
})

test('without a wake they are found within seconds, and so is what another server put into the log', async () => {
  await using log = await freshLog()
  await using one = start(log)
  await using other = start(log)
  const both = Promise.all([growth(one), growth(other)])
  await log.add(...entriesFrom(0, 3))
  await both
  expect(await sizeOf(log)).toBe(3)
})

test('a backlog of several batches is worked off at one wake', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 2500))
  await using sequencer = start(log)
  await expect.poll(() => sizeOf(log), { timeout: 20_000, interval: 20 }).toBe(2500)
  const { rows } = await log.pool.query('select size from log_checkpoint order by size')
  expect(rows).toEqual([{ size: 1000 }, { size: 2000 }, { size: 2500 }])
  expect(sequencer.problem()).toBeNull()
})

test('wakes that come close together share a batch', async () => {
  await using log = await freshLog()
  await using sequencer = start(log)
  for (let at = 0; at < 200; at += 1) {
    await log.add(entryNumber(at))
    sequencer.wake()
  }
  await expect.poll(() => sizeOf(log), { timeout: 20_000, interval: 20 }).toBe(200)
  const { rowCount } = await log.pool.query('select from log_checkpoint')
  expect(rowCount).toBeLessThan(150)
})

test('stopping lets the batch at work finish, and nothing is taken afterwards', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 10))
  const sequencer = start(log)
  await growth(sequencer)
  await sequencer.stop()
  await log.add(entryNumber(11))
  sequencer.wake()
  expect(await sizeOf(log)).toBe(10)
  expect((await log.pool.query('select from log_queue')).rowCount).toBe(1)
})

test('I16 a log that was changed stops growing, says why once, and goes on when it is restored', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 10))
  await using sequencer = start(log)
  await growth(sequencer)
  const { rows } = await log.pool.query<{ note: string }>('select note from log_checkpoint')
  const setNote = (note: string) =>
    log.pool.connect().then((client) =>
      client
        .query('begin; set local session_replication_role = replica')
        .then(() => client.query('update log_checkpoint set note = $1', [note]))
        .then(() => client.query('commit'))
        .finally(() => client.release()),
    )
  await setNote('forged')
  await log.add(entryNumber(10))
  sequencer.wake()
  await expect.poll(() => sequencer.problem(), { timeout: 10_000 }).toMatchObject({ reason: 'log_inconsistent' })
  await setNote(rows[0]!.note)
  await expect.poll(() => sizeOf(log), { timeout: 10_000 }).toBe(11)
  expect(sequencer.problem()).toBeNull()
  expect(sequencer.problems).toEqual([expect.objectContaining({ reason: 'log_inconsistent' }), null])
})

test('F08 it goes on after its connections were cut', async () => {
  await using log = await freshLog()
  await log.add(entryNumber(0))
  await using sequencer = start(log)
  await growth(sequencer)
  const pool = createPool({ url: log.url, connections: 1 })
  await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await pool.end()
  const client = new Client(log.url)
  await client.connect()
  await queueEntries(client, [entryNumber(1)])
  await client.end()
  await expect.poll(() => sizeOf(log), { timeout: 10_000 }).toBe(2)
  await expect.poll(() => sequencer.problem(), { timeout: 10_000 }).toBeNull()
})
