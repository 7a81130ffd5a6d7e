import { Client } from 'pg'
import { expect, test } from 'vitest'
import { entriesFrom, entryNumber, queueEntries } from '../../test/rig/entries.ts'
import { freshLog, testKey, type TestLog } from '../../test/rig/log.ts'
import { openCheckpoint } from '../core/checkpoint.ts'
import { append, emptyFrontier, leafHash, rootOf } from '../core/merkle.ts'
import { sequence } from './sequence.ts'

async function bodiesOf({ pool }: TestLog): Promise<{ index: number; id: string; body: string }[]> {
  const { rows } = await pool.query<{ index: number; id: string; body: string }>(
    'select index, id, body from log_entry order by index',
  )
  return rows
}

const rootOfBodies = (bodies: string[]) => {
  const frontier = emptyFrontier()
  for (const body of bodies) append(frontier, leafHash(body))
  return rootOf(frontier)
}

test('entries get contiguous indices in their order, under a checkpoint that the key has signed', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 700))
  const first = await sequence(log.pool, testKey, { limit: 300, seen: null })
  expect(first).toMatchObject({ outcome: 'extended', entries: 300, checkpoint: { size: 300 } })
  await log.sequenceAll(300)
  await log.add(...entriesFrom(700, 1))
  await log.sequenceAll()

  const logged = await bodiesOf(log)
  expect(logged.map(({ index }) => index)).toEqual(Array.from({ length: 701 }, (_, index) => index))
  expect(logged.map(({ id }) => id)).toEqual(entriesFrom(0, 701).map(({ id }) => id))
  const { rows } = await log.pool.query<{ size: number; note: string }>(
    'select size, note from log_checkpoint order by size',
  )
  expect(rows.map(({ size }) => size)).toEqual([300, 600, 700, 701])
  for (const { size, note } of rows) {
    const root = rootOfBodies(logged.slice(0, size).map(({ body }) => body))
    expect(openCheckpoint(note, testKey)).toEqual({ checkpoint: { origin: testKey.name, size, root } })
  }
  expect((await log.pool.query('select from log_queue')).rowCount).toBe(0)
})

test('columns are copied out of the body, and an entry without a project has none', async () => {
  await using log = await freshLog()
  await log.add(entryNumber(1, { project: null, environment: null, subject: 'ü "quoted" \u2028', data: { n: 1e21 } }))
  await log.sequenceAll()
  const { rows } = await log.pool.query(
    'select type, project, environment, subject, actor, at from log_entry where index = 0',
  )
  expect(rows).toEqual([
    {
      type: 'gate.passed',
      project: null,
      environment: null,
      subject: 'ü "quoted" \u2028',
      actor: 'lockflight@system',
      at: new Date(Date.UTC(2026, 0, 1, 0, 0, 1)),
    },
  ])
})

test('an entry whose transaction commits late comes later, and is not lost (I08)', async () => {
  await using log = await freshLog()
  const late = new Client(log.url)
  await late.connect()
  await late.query('begin')
  await queueEntries(late, [entryNumber(1)])
  await log.add(entryNumber(2))
  await log.sequenceAll()
  expect((await bodiesOf(log)).map(({ id }) => id)).toEqual(['entry-2'])
  await late.query('commit')
  await late.end()
  await log.sequenceAll()
  expect((await bodiesOf(log)).map(({ id }) => id)).toEqual(['entry-2', 'entry-1'])
})

test('what is rolled back never gets a place', async () => {
  await using log = await freshLog()
  const client = await log.pool.connect()
  await client.query('begin')
  await queueEntries(client, entriesFrom(1, 3))
  await client.query('rollback')
  client.release()
  await log.add(entryNumber(4))
  expect(await log.sequenceAll()).toMatchObject({ size: 1 })
  expect((await bodiesOf(log)).map(({ id }) => id)).toEqual(['entry-4'])
})

test('many writers and two sequencers at once: every entry once, no gap, each writer in its order (I08, F31)', async () => {
  await using log = await freshLog()
  const writers = Array.from({ length: 8 }, (_, writer) => writer)
  const written = new AbortController()
  const write = async (writer: number) => {
    for (let at = 0; at < 40; at += 1) {
      const client = await log.pool.connect()
      await client.query('begin')
      await queueEntries(client, entriesFrom(writer * 1000 + at * 3, 3))
      if (at % 5 === 0) await client.query('select pg_sleep(0.01)')
      await client.query('commit')
      client.release()
    }
  }
  const sequenceOn = async () => {
    let busy = 0
    for (let idle = 0; !written.signal.aborted || idle < 2;) {
      const { outcome } = await sequence(log.pool, testKey, { limit: 50, seen: null })
      if (outcome === 'busy') busy += 1
      idle = outcome === 'nothing' ? idle + 1 : 0
    }
    return busy
  }
  const sequencing = Promise.all([sequenceOn(), sequenceOn()])
  await Promise.all(writers.map(write))
  written.abort()
  await sequencing

  const logged = await bodiesOf(log)
  expect(logged.map(({ index }) => index)).toEqual(Array.from({ length: 8 * 40 * 3 }, (_, index) => index))
  expect(new Set(logged.map(({ id }) => id)).size).toBe(8 * 40 * 3)
  for (const writer of writers) {
    const own = logged.map(({ id }) => Number(id.slice(6))).filter((number) => Math.floor(number / 1000) === writer)
    expect(own).toEqual(Array.from({ length: 120 }, (_, at) => writer * 1000 + at))
  }
  const { rows } = await log.pool.query<{ size: number; root: Buffer }>(
    'select size, root from log_checkpoint order by size',
  )
  for (const { size, root } of rows) {
    expect(root).toEqual(rootOfBodies(logged.slice(0, size).map(({ body }) => body)))
  }
  expect(rows.at(-1)!.size).toBe(960)
})

test('while one leads, another is told so and changes nothing', async () => {
  await using log = await freshLog()
  await log.add(entryNumber(1))
  const leader = await log.pool.connect()
  await leader.query('begin')
  await leader.query('select pg_advisory_xact_lock(7233502)')
  expect(await sequence(log.pool, testKey, { limit: 10, seen: null })).toEqual({ outcome: 'busy' })
  await leader.query('rollback')
  leader.release()
  expect(await sequence(log.pool, testKey, { limit: 10, seen: null })).toMatchObject({ outcome: 'extended' })
})

test('a leader whose connection dies in the middle of a batch leaves nothing behind, and the next one goes on', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 5))
  await log.sequenceAll()
  await log.add(...entriesFrom(5, 5))
  // Holds the batch up where it saves its tiles, after it has taken the entries.
  const blocker = await log.pool.connect()
  await blocker.query('begin; lock table log_tile in exclusive mode')
  const dying = sequence(log.pool, testKey, { limit: 10, seen: null })
  const failure = dying.catch((error: unknown) => error)
  const killed = `select pg_terminate_backend(pid) from pg_stat_activity
    where wait_event_type = 'Lock' and query like '%insert into log_tile%' and datname = current_database()`
  await expect.poll(async () => (await log.pool.query(killed)).rowCount, { timeout: 10_000 }).toBe(1)
  expect(await failure).toMatchObject({ message: expect.stringContaining('terminating connection') as string })
  await blocker.query('rollback')
  blocker.release()
  expect(await bodiesOf(log)).toHaveLength(5)
  expect(await log.sequenceAll()).toMatchObject({ size: 10 })
})

test('A29 one hostile text stays one entry, and one that is too long or has a wrong hash is refused where it is written', async () => {
  await using log = await freshLog()
  const hostile = '\r\n{"event":1}\u2028\u001b[31m\u202e}{"event":'
  await log.add(entryNumber(1, { data: { hostile } }))
  await log.sequenceAll()
  const [logged] = await bodiesOf(log)
  expect(logged!.body.split('\n')).toHaveLength(1)
  expect(JSON.parse(logged!.body)).toMatchObject({ data: { hostile } })
  await expect(log.add(entryNumber(2, { data: { text: 'x'.repeat(65_536) } }))).rejects.toThrow('log_queue_size')
  await expect(
    log.pool.query('insert into log_queue (id, body, leaf_hash) values ($1, $2, $3)', ['x', '{}', leafHash('{ }')]),
  ).rejects.toThrow('log_queue_leaf')
})
