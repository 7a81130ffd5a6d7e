import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, inject, test, type TestContext } from 'vitest'
import { freshDatabase } from '../../test/rig/postgres.ts'
import { emptyDatabase, query } from '../../test/rig/postgres-server.ts'
import { migrate, readMigrations, type Migration } from './migrate.ts'
import { describeSchema } from './schema.ts'

async function databaseFor({ onTestFinished }: TestContext): Promise<string> {
  const database = await emptyDatabase(inject('postgres').url)
  onTestFinished(() => database.drop())
  return database.url
}

const migration = (number: number, text: string, breaking = false): Migration => ({
  number,
  name: `000${number}-m`,
  text,
  breaking,
})

test('schema.sql is what all migrations together make, and makes the same', async (context) => {
  const migrated = await freshDatabase()
  context.onTestFinished(() => migrated.drop())
  const schema = await readFile(new URL('../../schema.sql', import.meta.url), 'utf8')
  const description = schema.slice(schema.indexOf('\n\n') + 2)
  expect(description).toBe(await describeSchema(migrated.url))
  const url = await databaseFor(context)
  await query(url, schema)
  expect(await describeSchema(url)).toBe(description)
})

test('F27 two that migrate at once do each migration once, and a third time nothing is left to do', async (context) => {
  const url = await databaseFor(context)
  const migrations = [migration(1, 'create table a (); select pg_sleep(0.2)'), migration(2, 'create table b ()')]
  const done = await Promise.all([migrate(url, migrations), migrate(url, migrations), migrate(url, migrations)])
  expect(
    done
      .flat()
      .map(({ number }) => number)
      .toSorted((a, b) => a - b),
  ).toEqual([1, 2])
  expect(await migrate(url, migrations)).toEqual([])
})

test('a migration that fails leaves the database as it was, and those before it done', async (context) => {
  const url = await databaseFor(context)
  const broken = migration(2, 'create table half (); create table a ()')
  await expect(migrate(url, [migration(1, 'create table a ()'), broken])).rejects.toThrow('already exists')
  expect(await query(url, `select to_regclass('half') as half, count(*) from migration`)).toEqual([
    { half: null, count: '1' },
  ])
  expect(await migrate(url, [migration(1, ''), migration(2, 'create table half ()')])).toHaveLength(1)
})

test('a database that a newer version has migrated is refused, by name, and left alone', async (context) => {
  const url = await databaseFor(context)
  await migrate(url, [migration(1, 'create table a ()'), migration(2, 'create table b ()')])
  await expect(migrate(url, [migration(1, 'create table a ()')])).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'database_newer',
    message: expect.stringContaining('0002-m'),
  })
  const renamed = { ...migration(2, 'drop table a'), name: '0002-other' }
  await expect(migrate(url, [migration(1, ''), renamed, migration(3, '')])).rejects.toThrow('0002-m')
})

test('migrations are numbered without a gap, and say when they are breaking', async ({ onTestFinished }) => {
  const folder = await mkdtemp(`${tmpdir()}/lockflight-migrations-`)
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(`${folder}/0001-a.sql`, 'select 1')
  await writeFile(`${folder}/0002-b.sql`, '-- breaking\nselect 1')
  const read = await readMigrations(folder)
  expect(read.map(({ name, breaking }) => [name, breaking])).toEqual([
    ['0001-a', false],
    ['0002-b', true],
  ])
  await writeFile(`${folder}/0004-d.sql`, 'select 1')
  await expect(readMigrations(folder)).rejects.toThrow('expected number 3, found 0004-d.sql')
})
