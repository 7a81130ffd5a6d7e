import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let folder: string
beforeAll(async () => {
  rig = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'lockflight-yaml-'))
})
afterAll(async () => {
  await rig.stop()
  await rm(folder, { recursive: true, force: true })
})

const nine = 'abcdefghi'.split('')
const bomb = nine
  .map(
    (name, level) =>
      `${name}: &${name} [${Array(9)
        .fill(level === 0 ? 'lol' : `*${nine[level - 1]}`)
        .join(', ')}]`,
  )
  .join('\n')

const attacks: [string, string][] = [
  ['an alias bomb of nine levels', bomb],
  ['an alias of itself', 'project: &a [*a]'],
  ['a merge key', 'base: &base { project: shop }\n<<: *base\n'],
  ['a function', 'project: !!js/function "function () { return 1 }"'],
  ['binary', 'project: !!binary c2hvcA=='],
  ['several documents', 'project: shop\n---\nproject: other\n'],
  ['20 000 levels', '['.repeat(20_000) + ']'.repeat(20_000)],
  ['20 000 levels of dashes', '- '.repeat(20_000)],
  ['50 MB in one line', 'x'.repeat(50_000_000)],
  ['50 MB in ten million lines', 'a: b\n'.repeat(10_000_000)],
  ['90 000 times the same key', 'project: shop\n'.repeat(70_000)],
  ['a mebibyte of text in very short lines', `project: |\n${' x\n'.repeat(340_000)}`],
  ['a mebibyte of text in as many lines as may be', `project: |\n${' of twenty characters\n'.repeat(49_000)}`],
  ['a mebibyte of folded text', `project: >\n${' of forty characters\n\n'.repeat(24_000)}`],
]

/** Reads one file as `lockflight validate` does, and says what that took beyond starting. */
const measure = `
import { readFileSync, writeFileSync } from 'node:fs'
import { readConfiguration } from ${JSON.stringify(new URL('../../src/slots.ts', import.meta.url).href)}
const text = readFileSync(process.env.FILE, 'utf8')
// The most memory so far, without what loading the modules took for a moment (proc(5), clear_refs).
const peak = () => Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
gc()
writeFileSync('/proc/self/clear_refs', '5')
const before = { processor: process.cpuUsage(), peak: peak() }
let problems = []
try { readConfiguration(text, 'lockflight.yaml') } catch (error) { problems = error.problems }
const { user, system } = process.cpuUsage(before.processor)
const megabytes = (peak() - before.peak) / 1000
console.log(JSON.stringify({ problems: problems.length, seconds: (user + system) / 1e6, megabytes }))`

test.each(attacks)('A16 %s is refused within a second, for less than 100 MB', async (_, text) => {
  const file = join(folder, 'lockflight.yaml')
  await writeFile(file, text)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--input-type=module-typescript', '--eval', measure],
    { env: { FILE: file } },
  )
  const { problems, seconds, megabytes } = JSON.parse(stdout) as Record<string, number>
  expect(problems).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(1)
  expect(megabytes).toBeLessThan(100)
})

test('A16 none of them is applied, and what is too large is not even read', async () => {
  const before = await rig.state()
  for (const [what, text] of attacks) {
    const body = JSON.stringify({ text })
    const path = '/api/v1/projects/shop/revisions'
    const answer = await rig.ask({ method: 'POST', path, body, token: rig.adminToken }).catch(() => null)
    // A sender who goes on sending may be cut off before they read the answer.
    const expected = body.length > 1024 ** 2 ? [413, undefined] : [400]
    expect({ what, found: expected.includes(answer?.status) }).toEqual({ what, found: true })
  }
  expect(await rig.state()).toBe(before)
})

test('A16 what looks like a version, a boolean or an octal number is kept as it was written', async () => {
  const text = `
project: shop
pipeline:
  env: { VERSION: 1.10, COUNTRY: no, MODE: 0755, OCTAL: 0o17, SIXTY: 12:30:45, BIG: 12345678901234567890 }
  jobs: { a: { stage: build, steps: [{ run: 'true' }] } }
environments: {}
`
  await rig.clientOf(rig.adminToken).applyRevision({ project: 'shop', text })
  const { configuration } = await rig.app.store.read((tx) => tx.revisions.current('shop'))
  expect(configuration).toMatchObject({
    pipeline: {
      env: {
        VERSION: '1.10',
        COUNTRY: 'no',
        MODE: '0755',
        OCTAL: '0o17',
        SIXTY: '12:30:45',
        BIG: '12345678901234567890',
      },
    },
  })
})
