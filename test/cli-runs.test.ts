import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCliShop, type CliShop } from './rig/cli-shop.ts'
import { startCommand } from './rig/cli.ts'

const flaky = '{ stage: test, retries: 2, steps: [{ run: printf one }, { run: echo two; exit 7 }] }'
const configuration = `project: shop
pipeline:
  jobs:
    first: ${flaky}
    second: ${flaky}
    once: { stage: test, steps: [{ run: 'true' }] }
environments: { dev: { deploy: { use: command, run: 'true' } } }
`
const tried = ['== printf one', 'one', '== echo two; exit 7', 'two']

let shop: CliShop
let id: string
let shown: { code: number | null; stdout: string; stderr: string }

beforeAll(async () => {
  shop = await createCliShop(configuration)
  await shop.lockflight('apply', '--yes')
  shown = await shop.lockflight('run')
  id = /^run #1 \((.+?)\)/m.exec(shown.stderr)?.[1] ?? ''
})

afterAll(() => shop.close())

const again = (attempt: number) =>
  `== attempt ${attempt}: attempt ${attempt - 1} failed: step 2 "echo two; exit 7" exited with 7`
const linesOfFirst = (text: string) => text.split('\n').flatMap((line) => /^first +│ (.*)$/.exec(line)?.[1] ?? [])
const logs = (...argv: string[]) => shop.lockflight('runs', 'logs', id, ...argv)

test('a run shows each attempt to its end and says why there is another, and then each job that failed', () => {
  expect(linesOfFirst(shown.stderr)).toEqual([...tried, again(2), ...tried, again(3), ...tried])
  expect(shown).toMatchObject({ code: 1 })
  expect(shown.stdout).toMatch(/ failed: 2 jobs failed\n {2}first: step 2 .* exited with 7\n {2}second: step 2 .*\n$/)
})

test('the log of a run is that of the latest attempts, or of the one that is asked for', async () => {
  expect(linesOfFirst((await logs()).stdout)).toEqual([again(3), ...tried])
  const second = await logs('--job', 'first', '--attempt', '2', '--timestamps')
  expect(second.stdout.split('\n').map((line) => line.replace(/^\d{4}-\S+Z first │ /, ''))).toEqual([
    again(2),
    ...tried,
    '',
  ])
  const refusals = [await logs('--attempt', '4'), await logs('--attempt', '2', '--job', 'once')]
  expect(refusals.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual([
    [1, '', 'lockflight: no job of run #1 has had an attempt 4; the latest is 3\n'],
    [1, '', 'lockflight: job once of run #1 has had no attempt 2; the latest is 1\n'],
  ])
})

test('with --json a log is an object for each line, with its time and whose it is', async () => {
  const { stdout } = await logs('--job', 'first', '--attempt', '1', '--json')
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  const at = expect.stringMatching(/^\d{4}-.*Z$/) as string
  expect(told).toEqual(tried.map((text, sequence) => ({ job: 'first', attempt: 1, at, sequence, text })))
})

test('a commit that only git could find is refused by the option it was given with', async () => {
  for (const option of ['--commit', '--ref']) {
    const { code, stderr } = await shop.lockflight('run', option, 'HEAD~1')
    const named = expect.stringContaining(`after ${option}; found HEAD~1; give the id that git rev-parse`) as string
    expect({ code, stderr }).toEqual({ code: 2, stderr: named })
  }
})

test('SIGTERM ends the run it was shown for, and the command with 143', async () => {
  await shop.commit(configuration.replace("run: 'true'", 'run: echo here it waits; sleep 600'))
  const child = startCommand(['run'], { cwd: shop.repository, env: { LOCKFLIGHT_HOME: shop.home } })
  const ended = once(child, 'close')
  let said = ''
  for await (const piece of child.stderr as AsyncIterable<Buffer>) {
    const before = said
    said += piece.toString()
    if (said.includes('│ here it waits') && !before.includes('│ here it waits')) child.kill('SIGTERM')
  }
  expect(await ended).toEqual([143, null])
  expect(said).toContain('cancelling the run; another signal leaves it behind')
  const { stdout } = await shop.lockflight('runs', 'list', '--json')
  const { items } = JSON.parse(stdout) as { items: unknown[] }
  expect(items[0]).toMatchObject({ state: 'cancelled', reason: 'lockflight run was ended by SIGTERM' })
})
