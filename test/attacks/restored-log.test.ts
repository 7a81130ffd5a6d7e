import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client.ts'
import { readConfig } from '../../src/config.ts'
import type { Credential } from '../../src/core/home.ts'
import { startSystem } from '../../src/system.ts'
import { runCommand } from '../rig/cli.ts'
import { copyOf, freshDatabase } from '../rig/postgres.ts'

const patience = { timeout: 10_000 }

/** A server on that database in that home, as it starts on a machine. */
async function start(home: string, database: string) {
  const env = {
    LOCKFLIGHT_HOME: home,
    DATABASE_URL: database,
    LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
  }
  const system = await startSystem(readConfig(env, home), '0.0.0-test')
  const client = createClient(JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8')) as Credential)
  return {
    ...system,
    client,
    addMember: (subject: string) => client.saveMember({ subject, kind: 'human', name: subject, emails: [] }),
    logged: async () => (await client.listEntries({ limit: 1000 })).items,
    log: async () => {
      const answer = await fetch(`${system.url}/readyz`)
      const { problems = [] } = (await answer.json()) as { problems?: { at: string; message: string }[] }
      return problems.find(({ at }) => at === 'log')?.message ?? 'ready'
    },
  }
}

test('F09 F10 A30 after a restore of an older backup nothing is signed until the loss is accepted, and then the log says so', async () => {
  const home = await mkdtemp(join(tmpdir(), 'lockflight-restored-'))
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const database = await freshDatabase()
  onTestFinished(() => database.drop())

  const before = await start(home, database.url)
  await before.addMember('ana')
  await expect.poll(async () => (await before.logged()).at(-1)?.subject, patience).toBe('ana@local')
  await before.stop()
  const backup = await copyOf(database)
  onTestFinished(() => backup.drop())

  const after = await start(home, database.url)
  await after.addMember('bob')
  await expect.poll(async () => (await after.logged()).at(-1)?.subject, patience).toBe('bob@local')
  const size = (await after.logged()).length
  await after.stop()
  const note = await readFile(join(home, 'log.head'), 'utf8')
  expect(note).toContain(`\n${size}\n`)

  const restored = await start(home, backup.url)
  await expect.poll(restored.log, patience).toContain(`ends after ${size - 1} entries, but a checkpoint after ${size}`)
  expect(await restored.log()).toContain(`lockflight audit accept-loss ${size} --reason`)
  await restored.addMember('eve')
  const again = await start(home, backup.url)
  await expect.poll(again.log, patience).toContain('cannot be extended')
  expect((await again.logged()).map(({ subject }) => subject)).not.toContain('eve@local')
  await again.stop()
  await restored.stop()
  expect(await readFile(join(home, 'log.head'), 'utf8')).toBe(note)

  const acceptLoss = (argument: string) =>
    runCommand(['audit', 'accept-loss', argument, '--reason', 'the disk died'], {
      cwd: home,
      env: { LOCKFLIGHT_HOME: home },
    })
  expect(await acceptLoss(String(size - 1))).toMatchObject({ code: 1, stdout: '' })
  expect(await acceptLoss(String(size))).toMatchObject({ code: 0 })

  const onwards = await start(home, backup.url)
  await expect.poll(async () => (await onwards.logged()).at(-1)?.type, patience).toBe('log.loss-accepted')
  const entries = await onwards.logged()
  expect(entries.map(({ subject }) => subject)).toContain('eve@local')
  expect(entries.at(-1)?.data).toMatchObject({ lost: { size }, kept: { size: size - 1 }, reason: 'the disk died' })
  await expect.poll(onwards.log, patience).toBe('ready')
  await onwards.stop()
  const forever = await start(home, backup.url)
  await expect.poll(forever.log, patience).toBe('ready')
  await forever.stop()
})
