import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { explainPromotion, previewPromotion } from '../../src/app/explain-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { runCommand } from '../../src/runners/run-command.ts'
import { startApp } from '../rig/app.ts'

let folder: string
let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-parity-'))
  rig = await startApp(`
project: shop
environments:
  stg: { deploy: { use: target } }
  prod:
    after: [stg]
    deploy: { use: target }
    gates:
      - use: approval
      - use: parity
        facts:
          - { use: command, name: config, run: 'cat "$FOLDER/$LOCKFLIGHT_ENVIRONMENT.json" > "$LOCKFLIGHT_ANSWER"', env: { FOLDER: ${folder} } }
          - { use: inspect, name: running }
        critical: [config.**, running.release]
`)
  rig.app.outside.command = runCommand
})
afterEach(async () => {
  await rig.stop()
  await rm(folder, { recursive: true, force: true })
})

const configure = (environment: string, facts: object) =>
  writeFile(join(folder, `${environment}.json`), JSON.stringify(facts))

async function ask(release: string, environment: string) {
  const asked = { project: rig.project, release, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  return id
}

const why = (id: string) => explainPromotion(rig.app, rig.admin, { project: rig.project, id })

test('A42 parity that was seen when it was asked for is looked at again before the start', async () => {
  await configure('stg', { version: 16 })
  await configure('prod', { version: 16 })
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const id = await ask(digest, 'prod')
  expect((await why(id)).unmet.map((each) => each.id)).toEqual(['approval'])
  expect((await why(id)).passed.map((each) => each.id)).toContain('parity')

  await configure('prod', { version: 15 })
  const bob = await rig.addMember('bob', ['approver'])
  await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: 'fine' })
  await rig.drain()
  expect((await rig.promotion(id)).state).toBe('waiting')
  expect((await why(id)).unmet).toMatchObject([
    { id: 'parity', outcome: 'fail', reason: '1 critical path differs from stg: config.version: 15 here, 16 there' },
  ])
  expect(rig.target.executions).toHaveLength(1)

  const other = await rig.build()
  await ask(other.digest, 'stg')
  await configure('prod', { version: 16 })
  const asked = { project: rig.project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const preview = await previewPromotion(rig.app, rig.admin, asked)
  expect(preview.unmet.find((each) => each.id === 'parity')).toMatchObject({
    reason: expect.stringContaining('running.release: '),
  })
})

test('A21 no value of a secret gets anywhere: not into verdicts, the log, answers or the database', async () => {
  await configure('stg', {
    password: 'canary-stg',
    dsn: 'postgres://u:canary-dsn@db',
    nested: { apiKey: 'canary-key' },
  })
  await configure('prod', { password: 'canary-prod', dsn: 'postgres://u:canary-dsx@db', nested: {} })
  const { digest } = await rig.build()
  await ask(digest, 'stg')
  const differs = await why(await ask(digest, 'prod'))
  await writeFile(join(folder, 'prod.json'), '{"password": "canary-cut')
  const breaks = await why(await ask((await rig.build()).digest, 'prod'))
  const seen = [differs, breaks, await rig.entries()]
  expect(JSON.stringify(seen)).toContain('config.password: not the same (values not shown)')
  expect(JSON.stringify(seen)).toContain('config of prod: expected JSON, found something else')
  expect(JSON.stringify(seen)).not.toContain('canary')
  const { rows: tables } = await rig.pool.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(relname) as name from pg_stat_user_tables`,
  )
  expect(tables.length).toBeGreaterThan(20)
  for (const { name } of tables) {
    const { rows } = await rig.pool.query(`select 1 from ${name} as t where t::text like '%canary%'`)
    expect(rows, name).toEqual([])
  }
})
