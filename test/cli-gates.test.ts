import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCliShop, type CliShop } from './rig/cli-shop.ts'

const configuration = (script: string) => `project: shop
pipeline:
  jobs:
    pack:
      stage: package
      steps: [{ run: echo one > app }]
      artifacts: [{ name: app, path: app }]
environments:
  dev: { deploy: { use: command, run: 'true' } }
  prod:
    after: [dev]
    gates:
      - { use: signature }
      - { use: command, id: door, run: '${script}' }
      - { use: command, id: draught, shadow: true, run: 'echo windy; exit 1' }
    deploy: { use: command, run: 'true' }
`

let shop: CliShop
let release: string
let promotion: string

beforeAll(async () => {
  shop = await createCliShop(configuration('echo closed for now; exit 1'))
  await shop.lockflight('apply', '--yes')
  await shop.lockflight('run')
  const { stdout } = await shop.lockflight('release', 'list', '--json')
  release = (JSON.parse(stdout) as { items: { version: string }[] }).items[0]?.version ?? ''
  await shop.lockflight('promote', release, '--to', 'dev', '--wait')
  const asked = await shop.lockflight('promote', release, '--to', 'prod', '--wait', '--json')
  promotion = (JSON.parse(asked.stdout) as { promotion: { id: string } }).promotion.id
})

afterAll(() => shop.close())

test('plan shows the whole way: what is live, what would wait, and how each is deployed', async () => {
  const { code, stdout } = await shop.lockflight('plan', release)
  expect(code).toBe(0)
  expect(stdout).toMatch(/dev {2}runs there now/)
  expect(stdout).toContain(`prod  waits, asked for by promotion ${promotion}`)
  expect(stdout).toContain('after dev, when someone asks: command, rolling; stops when it fails')
  expect(stdout).toContain('✓ signature: ')
  expect(stdout).toContain('✗ door: ')
})

test('verdicts are listed, and written for spreadsheets and for a CI', async () => {
  const { stdout } = await shop.lockflight('verdicts', '--env', 'prod', '--outcome', 'fail')
  expect(stdout).toMatch(new RegExp(`prod +${release} +door +fail`))
  expect(stdout).toMatch(new RegExp(`prod +${release} +draught \\(shadow\\) +fail`))
  const { stdout: csv } = await shop.lockflight('verdicts', '--promotion', promotion, '--format', 'csv')
  expect(csv.split('\r\n')[0]).toMatch(/^at,promotion,environment,release,gate,use,shadow,outcome,reason/)
  expect(csv).toContain(`,${promotion},prod,${release},door,command,false,fail,`)
  expect(csv).toContain(`,${promotion},prod,${release},draught,command,true,fail,`)
  const { stdout: junit } = await shop.lockflight('verdicts', '--promotion', promotion, '--format', 'junit')
  expect(junit).toContain(`<testcase classname="prod.${release}" name="signature"/>`)
  expect(junit).toMatch(new RegExp(`<testcase classname="prod.${release}" name="door"><failure message="`))
  expect(junit).toContain(`<testcase classname="prod.${release}" name="draught"><skipped message="in shadow, fail: `)
  expect((await shop.lockflight('verdicts', '--since', '2100-01-01')).stdout).toContain('no gate has said anything')
  expect((await shop.lockflight('verdicts', '--since', 'soon')).stderr).toContain('after --since; found soon')
})

test('a promotion that was recorded is a test that passes, and fails when the gate is changed', async () => {
  const recorded = await shop.lockflight('gates', 'record', promotion)
  expect(recorded.code).toBe(0)
  await writeFile(join(shop.repository, 'lockflight.test.yaml'), recorded.stdout)
  const { code, stdout } = await shop.lockflight('gates', 'test')
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 of 1 cases passed') as string })

  await writeFile(
    join(shop.repository, 'lockflight.test.yaml'),
    recorded.stdout.replace('expect: fail', 'expect: pass'),
  )
  const failed = await shop.lockflight('gates', 'test')
  expect({ code: failed.code, stdout: failed.stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/door: expected pass, found fail/) as string,
  })
  expect((await shop.lockflight('gates', 'test', '--format', 'junit')).stdout).toContain('failures="1"')
  expect((await shop.lockflight('gates', 'test', 'nowhere.yaml')).stderr).toContain('found no such file')
})

test('a backtest of the policy in force changes nothing, and one without the gate lets the release pass', async () => {
  const same = await shop.lockflight('backtest', '--since', '1d')
  expect({ code: same.code, stdout: same.stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('no verdict changes') as string,
  })
  const open = configuration('true').replace(/ +- \{ use: command.*\n/, '')
  await writeFile(join(shop.folder, 'open.yaml'), open)
  const { stdout } = await shop.lockflight('backtest', '--config', join(shop.folder, 'open.yaml'), '--env', 'prod')
  expect(stdout).toMatch(/would have been stopped +0 +0 +0/)
  expect(stdout).toMatch(/would have passed +0 +0 +1/)
})

test('apply shows a change that nobody sees, and apply confirm shows it to who confirms it by its digest', async () => {
  const strict = configuration('exit 1').replace(
    'project: shop\n',
    'project: shop\npolicy-changes: { second-person: true }\n',
  )
  await shop.commit(strict)
  expect(await shop.lockflight('apply', '--yes')).toMatchObject({ code: 0 })
  await shop.commit(strict.replace("'exit 1'", '"exit 1\\u200b"'))
  const proposed = await shop.lockflight('apply', '--yes')
  const change = '~ environments.prod.gates[door].run: "exit 1" → "exit 1<U+200B>"\n'
  expect(proposed).toMatchObject({ code: 0, stdout: expect.stringContaining(change) as string })
  expect((await shop.lockflight('apply', '--dry-run')).stdout).toContain(change)

  await shop.lockflight('members', 'add', 'second')
  await shop.lockflight('grants', 'add', 'second@local', 'admin')
  const second = (await shop.lockflight('tokens', 'create', 'test', '--owner', 'second@local')).stdout.trim()
  const digest = /confirm (sha256:\w+)/.exec(proposed.stdout)?.[1] ?? ''
  const confirmed = await shop.as(second, 'apply', 'confirm', digest)
  expect(confirmed).toMatchObject({ code: 0, stderr: expect.stringContaining(change) as string })
})
