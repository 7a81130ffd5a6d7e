import { generateKeyPairSync } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { entriesFrom, entryNumber, queueEntries } from '../../test/rig/entries.ts'
import { freshLog, testKey, type TestLog } from '../../test/rig/log.ts'
import { copyOf, freshDatabase } from '../../test/rig/postgres.ts'
import { rebuildTiles, shiftEntries, tamper } from '../../test/rig/tampering.ts'
import { auditLog } from './audit.ts'
import { logKey } from './key.ts'
import { sequence } from './sequence.ts'
import { readCheckpoint } from './tiles.ts'

const size = 1200
const batch = 300

/** Filled once; every test has a copy of its own. */
const original = await freshDatabase()
const filling = await freshLog(Promise.resolve(original))
await filling.add(...entriesFrom(0, size))
await filling.sequenceAll(batch)
await filling.pool.end()
afterAll(() => original.drop())

const filledLog = () => freshLog(copyOf(original))

const found = (index: number, violates: string) => expect.objectContaining({ ok: false, index, violates }) as object
const audit = (log: TestLog, held: string[] = []) => auditLog(log.pool, testKey, held)

test('a log that nobody touched verifies, while it grows', async () => {
  await using log = await filledLog()
  const held = await readCheckpoint(log.pool)
  await log.add(...entriesFrom(size, 10))
  await log.sequenceAll()
  expect(await audit(log, [held])).toMatchObject({ ok: true, size: size + 10, checkpoints: size / batch + 1 })
})

const rows: Record<string, { statements: string[]; index: number; violates: string }> = {
  'a row changed': {
    statements: [`update log_entry set body = replace(body, 'gate.passed', 'gate.failed') where index = 734`],
    index: 734,
    violates: 'integrity',
  },
  'a row changed together with its own hash': {
    statements: [
      `update log_entry set body = replace(body, 'gate.passed', 'gate.failed') where index = 734`,
      `update log_entry set leaf_hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) where index = 734`,
    ],
    index: 734,
    violates: 'integrity',
  },
  'a row hidden from searches by its columns': {
    statements: [`update log_entry set project = 'other' where index in (77, 900)`],
    index: 77,
    violates: 'integrity',
  },
  'a row deleted in the middle': {
    statements: ['delete from log_entry where index = 734'],
    index: 734,
    violates: 'completeness',
  },
  'a row deleted in the middle and the rest renumbered': {
    statements: ['delete from log_entry where index = 734', ...shiftEntries(735, -1)],
    index: 734,
    violates: 'integrity',
  },
  'the tail deleted': {
    statements: ['delete from log_entry where index >= 1100'],
    index: 1100,
    violates: 'completeness',
  },
  'two rows exchanged': {
    statements: [
      'update log_entry set index = -1 where index = 40',
      'update log_entry set index = 40 where index = 600',
      'update log_entry set index = 600 where index = -1',
    ].map((statement) => statement.replace('-1', '999999')),
    index: 40,
    violates: 'integrity',
  },
  'a back-dated row put in between': {
    statements: [
      ...shiftEntries(900, 1),
      `insert into log_entry select 900, 'forged', type, project, environment, subject, actor, at,
         replace(body, '"entry-899"', '"forged"'), leaf_hash from log_entry where index = 899`,
    ],
    index: 900,
    violates: 'integrity',
  },
  'a row put after the last': {
    statements: [
      `insert into log_entry select 1200, 'forged', type, project, environment, subject, actor, at, body, leaf_hash
       from log_entry where index = 0`,
    ],
    index: 1200,
    violates: 'integrity',
  },
}

for (const [what, { statements, index, violates }] of Object.entries(rows)) {
  test(`A30 ${what} is found, with the first bad index`, async () => {
    await using log = await filledLog()
    const held = await readCheckpoint(log.pool)
    await tamper(log.pool, ...statements)
    expect(await audit(log)).toEqual(found(index, violates))
    expect(await audit(log, [held])).toEqual(found(index, violates))
  })
}

test('A30 all hashes made anew without the key: proven up to the checkpoint before, and nothing is signed on top', async () => {
  await using log = await filledLog()
  await tamper(log.pool, `update log_entry set body = replace(body, 'gate.passed', 'gate.failed') where index = 734`)
  await rebuildTiles(log.pool)
  expect(await audit(log)).toEqual(found(600, 'integrity'))
  await log.add(entryNumber(size))
  await expect(sequence(log.pool, testKey, { limit: 10, seen: null })).rejects.toMatchObject({
    reason: 'log_inconsistent',
  })
})

test('A30 all hashes made anew and the checkpoints in between removed: the newest one still does not fit', async () => {
  await using log = await filledLog()
  await tamper(
    log.pool,
    `update log_entry set body = replace(body, 'gate.passed', 'gate.failed') where index = 734`,
    `delete from log_checkpoint where size < ${size}`,
  )
  await rebuildTiles(log.pool)
  expect(await audit(log)).toEqual(found(0, 'integrity'))
})

test('A30 the tail deleted with its tiles and checkpoints, as by restoring a backup, is found by who kept a checkpoint', async () => {
  await using log = await freshLog()
  await using restored = await freshLog()
  await log.add(...entriesFrom(0, 100))
  await log.sequenceAll()
  await restored.add(...entriesFrom(0, 60))
  await restored.sequenceAll()
  const held = await readCheckpoint(log.pool)
  expect(await audit(restored)).toMatchObject({ ok: true, size: 60 })
  expect(await audit(restored, [held])).toEqual(found(60, 'completeness'))
})

test('A30 two histories shown to two auditors are found when they compare checkpoints', async () => {
  await using one = await freshLog()
  await using other = await freshLog()
  for (const log of [one, other]) {
    await log.add(...entriesFrom(0, 50))
    await log.sequenceAll()
  }
  const common = await readCheckpoint(one.pool)
  await one.add(...entriesFrom(50, 10))
  await other.add(...entriesFrom(60, 10))
  await one.sequenceAll()
  await other.sequenceAll()
  expect(await audit(one, [common])).toMatchObject({ ok: true })
  expect(await audit(one, [common, await readCheckpoint(other.pool)])).toEqual(found(50, 'consistency'))
})

test('A30 a log rebuilt under a replaced key is not signed by the key that auditors have', async () => {
  await using log = await freshLog()
  const forger = logKey(generateKeyPairSync('ed25519').privateKey, testKey.name)
  await queueEntries(log.pool, entriesFrom(0, 10))
  await sequence(log.pool, forger, { limit: 10, seen: null })
  expect(await auditLog(log.pool, forger, [])).toMatchObject({ ok: true })
  expect(await audit(log)).toEqual(found(0, 'consistency'))
})

test('A30 a disabled trigger lets a row be changed, and the change is found', async () => {
  await using log = await filledLog()
  await log.pool.query('alter table log_entry disable trigger log_entry_immutable')
  await log.pool.query(`update log_entry set body = replace(body, '"checkout"', '"other"') where index = 1199`)
  await log.pool.query('alter table log_entry enable trigger log_entry_immutable')
  expect(await audit(log)).toEqual(found(1199, 'integrity'))
})
