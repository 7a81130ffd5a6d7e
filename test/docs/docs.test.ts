import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { entryTypes } from '../../src/core/entry.ts'
import { commandsMentioned, commandsToRun, refusalOf, refusalOfMention } from './commands.ts'
import { configurationProblems, isPolicyTests, policyTestProblems } from './configurations.ts'
import { allPages, blocks, brokenLinks, inlineCode, type Page } from './markdown.ts'

const pages = allPages()
const page = (text: string): Page => ({ path: 'docs/sample.md', text })
const read = (path: string) =>
  existsSync(path) ? (statSync(path).isDirectory() ? '' : readFileSync(path, 'utf8')) : undefined

test('every command the pages tell people to run exists, with these options', async () => {
  const commands = pages.flatMap(commandsToRun)
  expect(commands.length).toBeGreaterThan(10)
  expect(await wrong(commands, refusalOf)).toEqual([])
})

test('every command the pages mention exists', async () => {
  expect(await wrong(pages.flatMap(commandsMentioned), refusalOfMention)).toEqual([])
})

test('every npm script the pages mention exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const mentioned = pages.flatMap(({ text }) => [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name]) => name!))
  expect(mentioned.filter((name) => !(name in scripts))).toEqual([])
})

test('every piece of lockflight.yaml in the pages is valid', () => {
  const pieces = pages.flatMap(blocks).filter((block) => block.language === 'yaml' && !isPolicyTests(block))
  expect(pieces.flatMap(configurationProblems)).toEqual([])
})

test('every file of policy tests in the pages passes against the configuration before it', () => {
  expect(pages.flatMap(policyTestProblems)).toEqual([])
  const failing =
    '```yaml\nenvironments: { dev: { deploy: { use: command, run: x } } }\n```\n```yaml\ncases: [{ name: a, environment: dev, expect: wait }]\n```'
  expect(policyTestProblems(page(failing))).toEqual([
    expect.stringContaining('expected the promotion to wait, found start'),
  ])
})

test('the example configurations are valid', () => {
  const text = readFileSync('examples/checkout/lockflight.yaml', 'utf8')
  expect(configurationProblems({ language: 'yaml', text, at: 'examples/checkout/lockflight.yaml' })).toEqual([])
})

test('every link inside the repository leads somewhere', () => {
  expect(pages.flatMap((each) => brokenLinks(each, read))).toEqual([])
})

test('every path of the source tree that a page names is there', () => {
  const named = pages.flatMap((each) => inlineCode(each).map((code) => [each.path, code] as const))
  const paths = named.filter(([, code]) => /^(src|test|bench|examples|docs|migrations|bin)\/[\w./-]*$/.test(code))
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter(([, path]) => !existsSync(path))).toEqual([])
})

test('docs/operate.md lists every environment variable, with its default, and no other', () => {
  const declared = [
    ...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+): .*?(?:default\('?(.*?)'?\))?,$/gms),
  ]
  const rows = readFileSync('docs/operate.md', 'utf8').match(/^\| `[A-Z_]+` .*$/gm) ?? []
  const names = (lines: string[]) => lines.map((line) => /[A-Z_]{5,}/.exec(line)?.[0] ?? '').toSorted()
  expect(declared.length).toBeGreaterThan(8)
  expect(names(rows)).toEqual(names(declared.map(([, name = '']) => name)))
  const withDefault = declared.filter(([, , standard]) => standard)
  const untold = withDefault.filter(
    ([, name, standard]) => !rows.some((row) => row.startsWith(`| \`${name}\` | \`${standard}\` |`)),
  )
  expect(untold.map(([, name]) => name)).toEqual([])
})

test('docs/scripts.md names every variable that scripts are given', () => {
  const givers = [
    'app/execute-job',
    'core/deploy-variables',
    'deployers/command-phase',
    'gates/command',
    'routers/command',
    'runners/process',
  ]
  const given = givers.flatMap((path) => {
    const text = readFileSync(`src/${path}.ts`, 'utf8')
    return [...text.matchAll(/\b(LOCKFLIGHT_[A-Z_]+): /g)].map(([, name = '']) => name)
  })
  expect(given.length).toBeGreaterThan(25)
  const written = readFileSync('docs/scripts.md', 'utf8')
  expect(given.filter((name) => !written.includes(`\`${name}\``))).toEqual([])
})

test('docs/events.md lists every event, and docs/metrics.md every series', () => {
  const listed = readFileSync('docs/events.md', 'utf8')
    .match(/^\| `.*?\|/gm)
    ?.flatMap((row) => row.match(/[a-z-]+\.[a-z-]+/g) ?? [])
  expect(listed?.toSorted()).toEqual(entryTypes.toSorted())
  const gauges = [...readFileSync('src/http/prometheus.ts', 'utf8').matchAll(/name: '([a-z_]+)',\s+help/g)].map(
    ([, name]) => name,
  )
  const told = readFileSync('docs/metrics.md', 'utf8')
  expect(gauges.length).toBeGreaterThan(4)
  expect(gauges.filter((name) => !told.includes(`\`lockflight_${name}\``) && !name?.startsWith('lockflight'))).toEqual(
    [],
  )
})

test('ARCHITECTURE.md has a line for every part of src', () => {
  const architecture = readFileSync('ARCHITECTURE.md', 'utf8')
  const parts = readdirSync('src', { withFileTypes: true })
    .filter(({ name }) => !name.endsWith('.test.ts'))
    .map((entry) => (entry.isDirectory() ? `\`src/${entry.name}/\`` : `\`src/${entry.name}\``))
  expect(parts.filter((part) => !architecture.includes(part))).toEqual([])
})

test('a command that does not exist, an unknown option and a missing argument are found', async () => {
  expect(await refusalOf('lockflight premote 12 --to prod')).toContain('premote')
  expect(await refusalOf('lockflight promote 12 --to prod --fast')).toContain('--fast')
  expect(await refusalOf('lockflight promote --to prod')).toContain('<release>')
  expect(await refusalOfMention('lockflight promote --fast')).toContain('--fast')
  expect(await refusalOfMention('lockflight promote')).toBeNull()
  expect(await refusalOf('lockflight promote 12 --to "prod" # the important one')).toBeNull()
})

test('commands are found in blocks, over several lines and behind a prompt', () => {
  const text =
    '```sh\n$ lockflight status\nLOCKFLIGHT_TOKEN=x lockflight why 12 \\\n  --json | jq .unmet\n```\nSee `lockflight status`.'
  expect(commandsToRun(page(text)).map((command) => command.trim())).toEqual([
    'lockflight status',
    'lockflight why 12 --json',
  ])
  expect(commandsMentioned(page(text))).toEqual(['lockflight status'])
})

test('an unknown key in a piece of configuration is found, with its place', () => {
  const problems = configurationProblems({
    language: 'yaml',
    text: 'gates:\n  - use: approval\n    cuont: 2\n',
    at: 'docs/sample.md:3',
  })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^docs\/sample\.md:3: .*cuont/)
})

test('a link to a missing file or heading is found', () => {
  const text =
    '# Title\n[a](missing.md) [b](other.md#gone) [c](other.md#it-s-here) [d](#title) [e](https://example.org)'
  const others: Record<string, string> = { 'docs/other.md': '## It-s here' }
  expect(brokenLinks(page(text), (path) => others[path])).toEqual([
    'docs/sample.md: missing.md does not exist',
    'docs/sample.md: other.md#gone has no such heading',
  ])
})

async function wrong(commands: string[], check: (command: string) => Promise<string | null>): Promise<string[]> {
  const refusals = await Promise.all(commands.map(check))
  return commands.flatMap((command, index) => (refusals[index] ? [`${command.trim()}: ${refusals[index]}`] : []))
}
