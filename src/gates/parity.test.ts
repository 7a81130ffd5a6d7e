import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { judgeAgain } from '../core/evaluate.ts'
import { parity } from './parity.ts'

const file = { use: 'file', name: 'config', here: 'prod.yaml', there: 'stg.yaml' }
const settings = { facts: [file], critical: ['config.**'] }

async function looked(given: object, facts: Facts) {
  const config = parity.config.parse({ ...settings, ...given })
  return parity.evidence.parse(await parity.observe(config, subject, worldOf(facts)))
}

async function judged(given: object, facts: Facts, about = subject) {
  const evidence = await looked(given, facts)
  return judgeAgain(parity, { config: { ...settings, ...given }, evidence, subject: about })
}

const files = (here: string, there: string): Facts => ({ files: { 'prod.yaml': here, 'stg.yaml': there } })

test('what is the same passes, and a difference is told with its path and both values', async () => {
  expect(await judged({}, files('a: 1\nb: [x]', 'b: [x]\na: 1'))).toMatchObject({
    outcome: 'pass',
    reason: 'the same as stg in 2 critical paths',
    expected: 'the same as in stg: config.**',
  })
  expect(await judged({}, files('db: { version: 15, host: a }', 'db: { version: 16 }'))).toMatchObject({
    outcome: 'fail',
    reason:
      '2 critical paths differ from stg: config.db.host: "a" here, missing there; config.db.version: 15 here, 16 there',
    unblock: expect.stringContaining('whoever configures prod or stg'),
    recheckAt: '2026-11-23T12:05:00.000Z',
  })
})

test('an advisory difference is shown and blocks nothing, and any other is not even kept', async () => {
  const facts = files('db: 1\nreplicas: 5\nname: prod', 'db: 1\nreplicas: 2\nname: stg')
  const given = { critical: ['config.db'], advisory: ['config.replicas'] }
  expect(await judged(given, facts)).toMatchObject({
    outcome: 'pass',
    reason: 'the same as stg in 1 critical path; advisory: config.replicas: 5 here, 2 there',
  })
  expect(JSON.stringify(await looked(given, facts))).not.toContain('config.name')
})

test('A42 an accepted difference is tolerated through its last day and no longer', async () => {
  const drift = { path: 'config.db.*', owner: 'dana', reason: 'upgrade planned' }
  const facts = files('db: { version: 15 }', 'db: { version: 16 }')
  const until = (date: string) => judged({ accepted: [{ ...drift, until: date }] }, facts)
  expect(await until('2026-11-23')).toMatchObject({
    outcome: 'pass',
    reason: 'the same as stg in 1 critical path; dana accepts config.db.version until 2026-11-23: upgrade planned',
    until: '2026-11-24T00:00:00.000Z',
  })
  expect(await until('2026-11-22')).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('15 here, 16 there (dana accepted it until 2026-11-22, which is over)'),
  })
  expect(await until('2999-12-31'), 'never for ever').toMatchObject({ outcome: 'fail' })
  for (const missing of [{ until: '2026-11-23' }, { owner: 'dana' }, { reason: 'x', owner: 'dana' }]) {
    expect(parity.config.safeParse({ ...settings, accepted: [{ path: 'config.a', ...missing }] }).success).toBe(false)
  }
})

test('A42 no alias, no default and no secret hides a difference', async () => {
  const hidden: [here: string, there: string][] = [
    ['base: &b { url: one }\ndb: *b', 'base: { url: one }\ndb: { url: two }'],
    ['db: {}', 'db: { url: one }'],
    ['db: { url: null }', 'db: {}'],
    ['version: 1.10', 'version: 1.1'],
    ['port: 80', 'port: "80"'],
    ['token: aaaaaaa', 'token: aaaaaab'],
    ['url: postgres://u:one@db/x', 'url: postgres://u:two@db/x'],
    [`long: ${'x'.repeat(300)}`, `long: ${'x'.repeat(301)}`],
  ]
  for (const [here, there] of hidden) {
    expect(await judged({}, files(here, there)), `${here} ${there}`).toMatchObject({ outcome: 'fail' })
    expect(await judged({}, files(here, here)), here).toMatchObject({ outcome: 'pass' })
  }
})

test('A21 secrets are compared without being seen, and of some only whether they are there', async () => {
  const facts = files(
    'db: { password: canary-one, plain: canary-two }',
    'db: { password: canary-six, plain: canary-two }',
  )
  const given = { secret: ['config.db.plain'] }
  expect(await judged(given, facts)).toMatchObject({
    outcome: 'fail',
    reason: '1 critical path differs from stg: config.db.password: not the same (values not shown)',
  })
  expect(await judged({ ...given, presence: ['config.db.password'] }, facts)).toMatchObject({ outcome: 'pass' })
  const emptied = files('db: { password: "" }', 'db: { password: canary-six }')
  expect(await judged({ presence: ['config.db.password'] }, emptied)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('config.db.password: empty here, present there'),
  })
  const absent = files('db: { x: 1 }', 'db: { password: canary-six, x: 1 }')
  expect(await judged({}, absent)).toMatchObject({
    reason: expect.stringContaining('config.db.password: missing here, (not shown) there'),
  })
  for (const each of [facts, emptied, absent]) {
    expect(JSON.stringify([await looked(given, each), await judged(given, each)])).not.toContain('canary')
  }
})

test('A21 a source that breaks says so without a word of what it held', async () => {
  const command = { use: 'command', name: 'config', run: '' }
  const breaking: [facts: object, world: Facts][] = [
    [file, files('db: { password: [canary', 'db: 1')],
    [{ ...file, here: 'prod.json' }, { files: { 'prod.json': '{"password": canary', 'stg.yaml': 'a: 1' } }],
    [{ ...command, run: 'echo canary; echo canary >&2; exit 3' }, {}],
    [{ ...command, run: 'echo "canary" > "$LOCKFLIGHT_ANSWER"' }, {}],
    [{ ...command, run: 'echo canary; kill -9 $$' }, {}],
  ]
  for (const [source, world] of breaking) {
    const failure = await looked({ facts: [source] }, world).then(
      () => null,
      (error: unknown) => error,
    )
    expect(String(failure), JSON.stringify(source)).toMatch(/^Refusal: config of (prod|stg): expected/)
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure)), JSON.stringify(source)).not.toContain('canary')
  }
})

test('a script is asked once about each environment', async () => {
  const run = 'printf \'{"version":"%s","for":"%s"}\' "$KIND" "$LOCKFLIGHT_ENVIRONMENT" > "$LOCKFLIGHT_ANSWER"'
  const facts = [{ use: 'command', name: 'runtime', run, env: { KIND: '24' } }]
  expect(await judged({ facts, critical: ['runtime.version'], advisory: ['runtime.for'] }, {})).toMatchObject({
    outcome: 'pass',
    reason: 'the same as stg in 1 critical path; advisory: runtime.for: "prod" here, "stg" there',
  })
})

test('A32 what an address answers counts only as JSON with status 200', async () => {
  const answers: Record<string, { status?: number; type?: string; body: string }> = {
    '/prod': { body: '{"version":1}' },
    '/stg': { body: '{"version":1}' },
    '/down': { status: 503, body: '{"version":1}' },
    '/html': { type: 'text/html', body: '{"version":1}' },
    '/cut': { body: '{"version":' },
    '/empty': { body: '{}' },
    '/huge': { body: `{"version":1,"x":"${'x'.repeat(300_000)}"}` },
  }
  const server = createServer(({ url = '' }, response) => {
    const { status = 200, type = 'application/json; charset=utf-8', body } = answers[url] ?? { status: 404, body: '' }
    response.writeHead(status, { 'content-type': type }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const at = (path: string) => `http://127.0.0.1:${port}${path}`
  const ask = (there: string) =>
    judged({ facts: [{ use: 'http', name: 'config', here: at('/prod'), there: at(there) }] }, {})
  expect(await ask('/stg')).toMatchObject({ outcome: 'pass' })
  expect(await ask('/empty')).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('says nothing about stg'),
  })
  const refused: [path: string, says: string][] = [
    ['/down', 'config of stg: expected status 200, found 503'],
    ['/html', 'config of stg: expected JSON, found text/html'],
    ['/cut', 'config of stg: expected JSON, found something else'],
    ['/gone', 'found 404'],
    ['/huge', 'config of stg'],
  ]
  for (const [path, says] of refused) await expect(ask(path), path).rejects.toThrow(says)
  server.close()
  server.closeAllConnections()
  await expect(ask('/stg')).rejects.toThrow('config of')
})

test('what runs there must be what would run here', async () => {
  const facts = [{ use: 'inspect', name: 'running' }]
  const about = { facts, critical: ['running.release'] }
  const says = (release: string | null) =>
    judged(about, { inspections: { stg: { release: release as 'unknown', url: null, candidateUrl: null } } })
  expect(await says(subject.release.digest)).toMatchObject({ outcome: 'pass' })
  expect(await says(subject.policy)).toMatchObject({ outcome: 'fail' })
  expect(await says(null)).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('says nothing about stg') })
  await expect(says('unknown')).rejects.toThrow('expected a deployer that can tell what runs')
})

test('nothing to compare is no pass', async () => {
  expect(await judged({}, files('{}', '{}'))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'config says nothing about prod',
  })
  expect(await judged({ critical: ['config.db.version'] }, files('a: 1', 'a: 1'))).toMatchObject({
    outcome: 'inconclusive',
    reason: 'neither prod nor stg has config.db.version',
    unblock: expect.stringContaining('someone with policy.edit'),
  })
  const alone = { ...subject, after: [] }
  const config = parity.config.parse(settings)
  const evidence = await parity.observe(config, alone, worldOf({}))
  expect(parity.judge(config, parity.evidence.parse(evidence), alone)).toMatchObject({
    outcome: 'inconclusive',
    reason: 'no environment comes before prod, and none is named by `with`',
  })
})

test('it compares with the environment that is named, and is asked again when that one changes', async () => {
  const facts: Facts = { files: { 'prod.yaml': 'a: 1', 'stg.yaml': 'a: 1' } }
  expect(await judged({ with: 'eu' }, facts)).toMatchObject({ reason: expect.stringContaining('the same as eu') })
  expect(parity.watches?.(parity.config.parse({ ...settings, with: 'eu' }))).toEqual(['eu'])
  expect(await judged({}, facts, { ...subject, after: ['eu', 'stg'] })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'what was looked at is not eu',
  })
})

test('it passes exactly when every critical path is the same or accepted', async () => {
  const value = fc.constantFrom('1', '2')
  const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value, { minKeys: 1 })
  await fc.assert(
    fc.asyncProperty(side, side, fc.subarray(['b', 'c']), async (here, there, tolerated) => {
      const accepted = tolerated.map((name) => ({
        path: `config.${name}`,
        owner: 'x',
        reason: 'y',
        until: '2026-12-01',
      }))
      const critical = ['config.a', 'config.b', 'config.c']
      const { outcome } = await judged({ critical, accepted }, files(JSON.stringify(here), JSON.stringify(there)))
      const differ = ['a', 'b', 'c'].filter((name) => here[name] !== there[name] && !tolerated.includes(name))
      const unknown = ['a', 'b', 'c'].some((name) => here[name] === undefined && there[name] === undefined)
      expect(outcome).toBe(differ.length > 0 ? 'fail' : unknown ? 'inconclusive' : 'pass')
    }),
    { numRuns: 200 },
  )
})

test('settings that could hide or reach what they must not are refused', () => {
  const wrong = [
    { facts: [] },
    { facts: [file, file] },
    { facts: [{ ...file, here: '../prod.yaml' }] },
    { facts: [{ ...file, here: '/etc/shadow' }] },
    { facts: [{ use: 'http', name: 'x', here: 'file:///etc/shadow', there: 'https://a.example/' }] },
    { facts: [{ use: 'http', name: 'x', here: 'https://u:p@a.example/', there: 'https://a.example/' }] },
    { critical: [] },
    { critical: ['**'] },
    { with: '../x' },
  ]
  for (const given of wrong) {
    expect(parity.config.safeParse({ ...settings, ...given }).success, JSON.stringify(given)).toBe(false)
  }
})
