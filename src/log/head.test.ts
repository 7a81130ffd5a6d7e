import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { entriesFrom } from '../../test/rig/entries.ts'
import { freshLog, testKey } from '../../test/rig/log.ts'
import { checkpointText } from '../core/checkpoint.ts'
import { leafHash } from '../core/merkle.ts'
import { logKey } from './key.ts'
import { sequence } from './sequence.ts'

const refusal = (what: string) =>
  expect.objectContaining({
    code: 'unavailable',
    reason: 'log_inconsistent',
    message: expect.stringContaining(what) as string,
  }) as Error

/** What someone with all rights on the database may do to the log, and what the refusal to sign says about it. */
const attacks: Record<string, { tamper: string; refused: string }> = {
  'the last entry deleted': {
    tamper: `delete from log_entry where index = 599`,
    refused: 'it ends after 599 entries, its newest checkpoint after 600',
  },
  'an entry put after the last, with a tile that fits': {
    tamper: `insert into log_entry select 600, 'more', type, project, environment, subject, actor, at, body, leaf_hash
             from log_entry where index = 0`,
    refused: 'it ends after 601 entries',
  },
  'a tile cut off': {
    tamper: `update log_tile set width = width - 1, nodes = substr(nodes, 1, octet_length(nodes) - 32) where level = 0 and index = 2`,
    refused: 'its tiles do not end as its newest checkpoint does',
  },
  'a tile deleted': {
    tamper: `delete from log_tile where level = 1`,
    refused: 'its tiles do not end as its newest checkpoint does',
  },
  'a hash in the last tile changed': {
    tamper: `update log_tile set nodes = set_byte(nodes, 5, 255 - get_byte(nodes, 5)) where level = 0 and index = 2`,
    refused: 'its tiles do not end as its newest checkpoint does',
  },
  'the newest checkpoint deleted': {
    tamper: `delete from log_checkpoint where size = 600`,
    refused: 'it ends after 600 entries, its newest checkpoint after 300',
  },
  'the size in the newest checkpoint changed': {
    tamper: `update log_checkpoint set note = replace(note, E'\\n600\\n', E'\\n599\\n') where size = 600`,
    refused: 'the signature of log.test/lockflight does not match',
  },
}

for (const [what, { tamper, refused }] of Object.entries(attacks)) {
  test(`A30 nothing is signed on top of a log with ${what}`, async () => {
    await using log = await freshLog()
    await log.add(...entriesFrom(0, 600))
    await log.sequenceAll(300)
    await log.add(...entriesFrom(600, 1))
    await log.pool.query(`begin; set local session_replication_role = replica; ${tamper}; commit`)

    await expect(sequence(log.pool, testKey, { limit: 10, seen: null })).rejects.toEqual(refusal(refused))
    expect((await log.pool.query('select from log_queue')).rowCount).toBe(1)
    expect((await log.pool.query('select from log_checkpoint where size > 600')).rowCount).toBe(0)
  })
}

test('A30 nothing is signed on top of a log that was rebuilt and signed with another key', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 10))
  const forger = logKey(generateKeyPairSync('ed25519').privateKey, testKey.name)
  await sequence(log.pool, forger, { limit: 10, seen: null })
  await expect(sequence(log.pool, testKey, { limit: 10, seen: null })).rejects.toEqual(refusal('not signed by'))
})

test('F09 F10 a log that is shorter than what this server has seen is not extended, nor one with another past', async () => {
  await using log = await freshLog()
  await using other = await freshLog()
  await log.add(...entriesFrom(0, 300))
  await other.add(...entriesFrom(1, 300))
  const older = await log.sequenceAll()
  const fork = await other.sequenceAll()
  await log.add(...entriesFrom(300, 40))
  const newer = await log.sequenceAll()

  const after = (seen: typeof older, from = log) => sequence(from.pool, testKey, { limit: 10, seen })
  expect(await after(newer)).toMatchObject({ outcome: 'nothing' })
  expect(await after(older)).toMatchObject({ outcome: 'nothing' })
  await expect(after(fork)).rejects.toEqual(refusal('does not begin with the 300 entries'))
  await expect(after(older, other)).rejects.toEqual(refusal('does not begin with the 300 entries'))
  await expect(after(newer, other)).rejects.toEqual(refusal('it ends after 300 entries, but a checkpoint after 340'))
})

test('the tables of the log refuse to be changed by plain statements', async () => {
  await using log = await freshLog()
  await log.add(...entriesFrom(0, 2))
  await log.sequenceAll()
  const statements = [
    'update log_entry set body = body',
    'delete from log_entry',
    'truncate log_entry',
    'update log_checkpoint set note = note',
    'delete from log_checkpoint',
    'truncate log_checkpoint',
    'delete from log_tile',
    'truncate log_tile',
  ]
  for (const statement of statements) {
    await expect(log.pool.query(statement), statement).rejects.toThrow('cannot be changed')
  }
  await expect(
    log.pool.query('insert into log_checkpoint (size, root, note) values (2, $1, $2)', [
      leafHash('x'),
      testKey.sign(checkpointText({ origin: testKey.name, size: 2, root: leafHash('x') })),
    ]),
  ).rejects.toThrow('log_checkpoint_pkey')
})
