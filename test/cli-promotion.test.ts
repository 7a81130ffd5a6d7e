import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCliShop, type CliShop } from './rig/cli-shop.ts'

const configuration = `project: shop
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
    gates: [{ use: approval, count: 1 }]
    deploy: { use: command, run: 'true' }
  strict:
    gates: [{ use: command, run: exit 1 }]
    deploy: { use: command, run: 'true' }
  slow:
    gates: [{ use: command, run: exit 10 }]
    deploy: { use: command, run: 'true' }
  behind-slow: { after: [slow], deploy: { use: command, run: 'true' } }
  broken: { deploy: { use: command, run: 'echo one; echo two >&2; false' } }
  behind-broken: { after: [broken], deploy: { use: command, run: 'true' } }
  steered: { deploy: { use: command, run: 'true' } }
  fragile:
    deploy: { use: command, run: '[[ $LOCKFLIGHT_VERSION == 1-* ]]' }
    on-failure: rollback
  last: { after: [behind-broken], deploy: { use: command, run: 'true' } }
  first: { deploy: { use: command, run: sleep 0.5 } }
  second: { after: [first], gates: [{ use: upstream, id: order }, { use: command, run: sleep 0.5 }], deploy: { use: command, run: 'true' } }
  third: { after: [second], deploy: { use: command, run: 'true' } }
`

let shop: CliShop
let release: string
let newer: string
let boss: string

beforeAll(async () => {
  shop = await createCliShop(configuration)
  await shop.lockflight('apply', '--yes')
  await shop.lockflight('members', 'add', 'boss')
  await shop.lockflight('grants', 'add', 'boss@local', 'approver')
  boss = (await shop.lockflight('tokens', 'create', 'test', '--owner', 'boss@local')).stdout.trim()
  await shop.lockflight('run')
  const { stdout } = await shop.lockflight('release', 'list', '--json')
  release = (JSON.parse(stdout) as { items: { version: string }[] }).items[0]?.version ?? ''
})

afterAll(() => shop.close())

const promote = (to: string, ...more: string[]) => shop.lockflight('promote', release, '--to', to, ...more)

test('--wait ends with 0 once the release is live, and says what happened on the way', async () => {
  const { code, stdout, stderr } = await promote('dev', '--wait', '--reason', 'first')
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/dev: succeeded/) as string })
  expect(stdout).toContain(`${release} (`)
  expect(stdout).toContain('→ dev has succeeded')
  expect((await shop.lockflight('deployments', '--env', 'dev')).stdout).toMatch(
    new RegExp(`^dev +${release} .*live .*fence 1`),
  )
  expect((await shop.lockflight('promotions', 'list', '--env', 'dev')).stdout).toContain(`${release} → dev`)
  expect((await shop.lockflight('status')).stdout).toContain('● live')
})

test('an environment that does not exist is refused wherever it only narrows what is shown', async () => {
  const narrowed = [['promotions', 'list'], ['events'], ['events', '--follow'], ['deployments'], ['metrics']]
  const answers = await Promise.all(narrowed.map((words) => shop.lockflight(...words, '--env', 'pord')))
  expect(answers.map(({ code }) => code)).toEqual(narrowed.map(() => 1))
  for (const { stderr } of answers) expect(stderr).toContain('no environment pord')
})

test('a gate that says no ends --wait and --dry-run with 3, and why names it', async () => {
  expect(await promote('strict', '--dry-run')).toMatchObject({ code: 3 })
  const { code, stdout } = await promote('strict', '--wait')
  expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringMatching(/✗ command/) as string })
  const { stdout: list } = await shop.lockflight('promotions', 'list', '--env', 'strict', '--json')
  const [{ id }] = (JSON.parse(list) as { items: [{ id: string }] }).items
  expect((await shop.lockflight('why', id)).stdout).toContain('✗ command')
  expect((await shop.lockflight('why', release, '--to', 'strict')).stdout).toMatch(
    /is waiting[^]*✗ command[^]*waits for 1 condition/,
  )
  expect((await shop.lockflight('why', release)).stderr).toContain('or --to with a release')
  expect((await shop.lockflight('cancel', release)).stderr).toContain('or --to with a release')
  const gone = await shop.lockflight('cancel', '00000000-0000-0000-0000-000000000000')
  expect(gone.stderr).toContain('as listed by: lockflight promotions list')
  expect((await shop.lockflight('cancel', release, '--to', 'strict')).stdout).toBe(
    'the promotion to strict was cancelled\n',
  )
  const after = (await shop.lockflight('why', release, '--to', 'strict')).stdout
  expect(after).toMatch(
    new RegExp(`^the last promotion there, ${id}, was cancelled \\d+s ago: [^]*nothing was asked for`),
  )
  const again = await shop.lockflight('cancel', release, '--to', 'strict')
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`lockflight promote ${release} --to strict`) as string,
  })
  expect(again.stderr).toContain(`the last one, ${id}, was cancelled`)
})

test('a promotion that needs people ends --wait with 4; with their yes it goes on', async () => {
  expect(await promote('prod', '--dry-run')).toMatchObject({ code: 4 })
  const asked = await promote('prod', '--wait', '--json')
  expect(asked.code).toBe(4)
  const { promotion } = JSON.parse(asked.stdout) as { promotion: { id: string } }
  const twice = await promote('prod', '--wait')
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining(`lockflight wait ${promotion.id}`) as string })
  expect(twice.stderr).toContain(`lockflight why ${promotion.id}`)
  const own = await shop.lockflight('approve', promotion.id)
  expect(own).toMatchObject({ code: 1, stdout: '' })
  expect(await shop.as(boss, 'approve', promotion.id, '--reason', 'looks good')).toMatchObject({ code: 0 })
  expect(await shop.lockflight('wait', promotion.id)).toMatchObject({ code: 0 })
})

test('a hold ends --wait with 4 as only people end it, and what is shown names how', async () => {
  await promote('steered', '--wait')
  await shop.lockflight('hold', '--env', 'steered', '--reason', 'sale')
  expect(await promote('steered', '--dry-run')).toMatchObject({ code: 4 })
  const held = await promote('steered', '--wait', '--timeout', '20s')
  const resume = 'lockflight resume --env steered --reason'
  expect(held).toMatchObject({ code: 4, stdout: expect.stringContaining(resume) as string })
  await shop.lockflight('resume', '--env', 'steered', '--reason', 'sale is over')
})

test('a no ends it', async () => {
  const { stdout: asked } = await promote('prod', '--json')
  const { id } = JSON.parse(asked) as { id: string }
  const no = await shop.as(boss, 'reject', release, '--to', 'prod', '--reason', 'not today')
  expect(no.stdout).toContain(`rejected ${id}: not today`)
  expect(no).toMatchObject({ code: 0 })
  const { code, stdout } = await shop.lockflight('wait', id)
  expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining('→ prod was rejected') as string })
  const late = await shop.as(boss, 'approve', release, '--to', 'prod')
  expect(late).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/was rejected \d+s ago: .*: not today/) as string,
  })
})

test('a deployment that fails ends --wait with 1', async () => {
  const { code, stdout } = await promote('broken', '--wait')
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('→ broken has failed') as string })
})

test('patience that runs out ends --wait with 5, also where it waits for what is on its way elsewhere', async () => {
  expect(await promote('slow', '--wait', '--timeout', '1s')).toMatchObject({ code: 5 })
  expect(await promote('behind-slow', '--wait', '--timeout', '1s')).toMatchObject({ code: 5 })
})

test('--wait goes on while what comes before is under way, however far away', async () => {
  await promote('first')
  await promote('second')
  expect(await promote('third', '--wait', '--timeout', '30s')).toMatchObject({ code: 0 })
})

test('--wait ends with 3 where the release will not come by itself, and says what would bring it', async () => {
  await promote('broken', '--wait')
  const { code, stdout } = await promote('last', '--wait')
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: expect.stringContaining(`lockflight promote ${release} --to behind-broken`) as string,
  })
  // That one waits for what has failed, so it brings nothing either.
  await promote('behind-broken')
  const { stdout: asked } = await shop.lockflight('promotions', 'list', '--env', 'last', '--json')
  const [{ id }] = (JSON.parse(asked) as { items: [{ id: string }] }).items
  expect(await shop.lockflight('wait', id)).toMatchObject({ code: 3 })
})

test('a rollback without an earlier release is refused', async () => {
  const { code, stderr } = await shop.lockflight('rollback', '--env', 'dev', '--reason', 'drill')
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no earlier release') as string })
})

test('a drill ends with 0 once the release is live again, and is refused where there is nothing to go back to', async () => {
  const early = await shop.lockflight('drill', '--env', 'dev', '--reason', 'monthly')
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing to go back to') as string })
  const back = await shop.lockflight('rollback', '--env', 'dev', '--reason', 'it fails')
  expect(back.stderr).toContain('lockflight deployments --env dev lists what --to can name')
  expect((await shop.lockflight('drills', 'list', '--env', 'dev')).stdout).toContain('nothing was drilled yet')
  await shop.commit(`${configuration}# another commit\n`)
  await shop.lockflight('run')
  const { stdout } = await shop.lockflight('release', 'list', '--json')
  newer = (JSON.parse(stdout) as { items: { version: string }[] }).items[0]?.version ?? ''
  expect(newer).not.toBe(release)
  await shop.lockflight('promote', newer, '--to', 'dev', '--wait')
  const drilled = await shop.lockflight('drill', '--env', 'dev', '--reason', 'monthly', '--wait')
  const words = `${newer} to ${release} and forth again`
  expect(drilled).toMatchObject({ code: 0, stdout: expect.stringContaining(words) as string })
  expect((await shop.lockflight('drills', 'list', '--env', 'dev')).stdout).toMatch(/^dev +succeeded/)
  expect((await shop.lockflight('deployments', '--env', 'dev')).stdout).toMatch(
    new RegExp(`^dev +${newer} .*live +drill`),
  )
})

test('the hold of a drill waits for nobody, as it ends by itself', async () => {
  await shop.lockflight('promote', newer, '--to', 'first', '--wait')
  await shop.lockflight('drill', '--env', 'first', '--reason', 'monthly')
  await expect
    .poll(() => promote('first', '--dry-run'), { timeout: 10_000 })
    .toMatchObject({ code: 0, stdout: expect.stringContaining('first is held') as string })
})

test('a pin ends --wait with 4 as a hold does', async () => {
  await shop.lockflight('pin', '--env', 'steered', '--release', release, '--reason', 'audit')
  const pinned = await shop.lockflight('promote', newer, '--to', 'steered', '--wait', '--timeout', '20s')
  const unpin = 'lockflight unpin --env steered --reason'
  expect(pinned).toMatchObject({ code: 4, stdout: expect.stringContaining(unpin) as string })
})

test('after a failure that is rolled back --wait says so, and the rollback can be waited for', async () => {
  await promote('fragile', '--wait')
  const failed = await shop.lockflight('promote', newer, '--to', 'fragile', '--wait')
  const words = new RegExp(`^fragile: (a rollback|was rolled back) to ${release}`, 'm')
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(words) as string })
  const { stdout: list } = await shop.lockflight('promotions', 'list', '--env', 'fragile', '--json')
  const [rollback, failure] = (JSON.parse(list) as { items: [{ id: string }, { id: string }] }).items
  expect(await shop.lockflight('wait', rollback.id)).toMatchObject({ code: 0 })
  const later = await shop.lockflight('wait', failure.id)
  expect(later.stderr).toContain(`fragile: was rolled back to ${release}\n`)
})

test('what a deployment printed is shown in order, also to its end after a failure', async () => {
  const { stdout: asked } = await promote('broken', '--wait', '--json')
  const { promotion } = JSON.parse(asked) as { promotion: { id: string } }
  expect(await shop.lockflight('deployments', 'logs', promotion.id)).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
  const { stdout: stamped } = await shop.lockflight('deployments', 'logs', promotion.id, '--timestamps')
  expect(stamped).toMatch(/^\d{4}-\S+Z one\n\d{4}-\S+Z two\n$/)
  const { stdout: inJson } = await shop.lockflight('deployments', 'logs', promotion.id, '--json')
  const [first] = inJson.split('\n').map((line) => (line === '' ? null : (JSON.parse(line) as unknown)))
  const at = expect.stringMatching(/^\d{4}-.*Z$/) as string
  expect(first).toEqual({ promotion: promotion.id, attempt: 1, at, sequence: 0, text: 'one' })
  await promote('slow')
  const { stdout: list } = await shop.lockflight('promotions', 'list', '--env', 'slow', '--json')
  const [{ id }] = (JSON.parse(list) as { items: [{ id: string }] }).items
  const { stderr } = await shop.lockflight('deployments', 'logs', id)
  expect(stderr).toContain('has deployed nothing yet; why not: lockflight why')
})

test('a run says which changes are no part of it, and keeps quiet when there are none or a commit was named', async () => {
  const words = /changes? in .* not committed, and not part of this run/
  expect((await shop.lockflight('run', '--detach')).stderr).not.toMatch(words)
  await writeFile(join(shop.repository, 'new file'), '')
  expect((await shop.lockflight('run', '--detach')).stderr).toContain('a change in 1 file is not committed')
  await writeFile(join(shop.repository, 'lockflight.yaml'), `${configuration}# more\n`)
  expect((await shop.lockflight('run', '--detach')).stderr).toContain('changes in 2 files are not committed')
  expect((await shop.lockflight('run', '--detach', '--ref', 'main')).stderr).not.toMatch(words)
})
