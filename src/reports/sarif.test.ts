import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import { sarif } from './sarif.ts'

const root = '/srv/shop'

function read(run: object, origin?: { root: string }) {
  const tool = {
    driver: { name: 'Tool', rules: [{ id: 'R1' }, { id: 'R2', defaultConfiguration: { level: 'error' } }] },
  }
  const document = { version: '2.1.0', runs: [{ tool, ...run }] }
  return sarif.read(Buffer.from(JSON.stringify(document)), origin).findings!
}

function refusalOf(run: object, origin?: { root: string }): string {
  try {
    read(run, origin)
  } catch (error) {
    expect(error).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
    return (error as Refusal).message
  }
  throw new Error('the report was accepted')
}

const result = (given: object = {}) => ({ ruleId: 'R1', message: { text: 'bad' }, ...given })
const at = (uri: string, startLine?: number, given: object = {}) => ({
  locations: [
    { physicalLocation: { artifactLocation: { uri, ...given }, ...(startLine && { region: { startLine } }) } },
  ],
})

test('what ESLint writes is read: levels, places below the repository, and what a comment suppresses', async () => {
  const { findings } = sarif.read(await readFile(join(import.meta.dirname, 'fixtures/eslint.sarif')), { root })
  expect(findings!.map(({ rule, severity, where, suppressed }) => ({ rule, severity, where, suppressed }))).toEqual([
    { rule: 'no-var', severity: 'medium', where: 'src/old.js:1', suppressed: null },
    { rule: 'no-unused-vars', severity: 'medium', where: 'src/old.js:1', suppressed: null },
    { rule: 'eqeqeq', severity: 'high', where: 'src/old.js:3', suppressed: null },
    { rule: 'no-eval', severity: 'high', where: 'src/old.js:3', suppressed: null },
    { rule: 'eqeqeq', severity: 'high', where: 'src/old.js:5', suppressed: 'both may be null here' },
  ])
  expect(new Set(findings!.map(({ fingerprint }) => fingerprint)).size).toBe(5)
})

test.each([
  ['what it says itself', { ruleId: 'R2', level: 'note' }, 'low'],
  ['its rule, by id', { ruleId: 'R2' }, 'high'],
  ['its rule, by index', { ruleId: undefined, ruleIndex: 1 }, 'high'],
  ['its rule, by reference', { ruleId: undefined, rule: { id: 'R2' } }, 'high'],
  ['the rule of a part of it', { ruleId: 'R2/1' }, 'high'],
  ['warning, when nobody says', {}, 'medium'],
  ['warning, for an unknown rule', { ruleId: 'R9' }, 'medium'],
  ['none, when it is only informational', { ruleId: 'R2', kind: 'informational' }, 'info'],
  ['unknown, when a person has to look', { ruleId: 'R2', kind: 'review' }, 'unknown'],
])('a level comes from %s', (_, given, severity) => {
  expect(read({ results: [result(given)] })).toMatchObject([{ severity }])
})

test('a level comes from what the run was told about the rule, before what the rule says', () => {
  const told = (descriptor: object, configuration: object) => [
    { executionSuccessful: true, ruleConfigurationOverrides: [{ descriptor, configuration }] },
  ]
  const run = (invocations: object[], given = {}) =>
    read({ invocations, results: [result({ ruleId: 'R2', ...given })] })
  expect(run(told({ id: 'R2' }, { level: 'note' }))).toMatchObject([{ severity: 'low' }])
  expect(run(told({ index: 1 }, { level: 'none' }))).toMatchObject([{ severity: 'info' }])
  expect(run(told({ index: 1 }, {}))).toMatchObject([{ severity: 'medium' }])
  expect(run(told({ id: 'R1' }, { level: 'note' }))).toMatchObject([{ severity: 'high' }])
  const two = [...told({ id: 'R2' }, { level: 'note' }), { executionSuccessful: true }]
  expect(run(two)).toMatchObject([{ severity: 'high' }])
  expect(run(two, { provenance: { invocationIndex: 0 } })).toMatchObject([{ severity: 'low' }])
})

test('a rule of an extension is found there, and its security-severity counts for more than its level', () => {
  const tool = {
    driver: { name: 'CodeQL', rules: [] },
    extensions: [{ name: 'queries', rules: [{ id: 'js/xss', properties: { 'security-severity': '9.1' } }] }],
  }
  const rule = { id: 'js/xss', index: 0, toolComponent: { index: 0 } }
  expect(read({ tool, results: [result({ ruleId: 'js/xss', rule, level: 'warning' })] })).toMatchObject([
    { rule: 'js/xss', severity: 'critical' },
  ])
})

test('what passed, does not apply or is gone since the baseline is no finding', () => {
  const gone = [{ kind: 'pass' }, { kind: 'notApplicable' }, { baselineState: 'absent' }]
  expect(read({ results: gone.map(result) })).toEqual([])
  expect(read({ results: [result({ baselineState: 'unchanged' }), result({ baselineState: 'new' })] })).toHaveLength(2)
})

test('a result is suppressed when something accepted suppresses it, and nothing else does', () => {
  const suppressed = (...suppressions: object[]) => read({ results: [result({ suppressions })] })[0]!.suppressed
  expect(suppressed()).toBe(null)
  expect(suppressed({ kind: 'inSource' })).toBe('in the source')
  expect(suppressed({ kind: 'external', status: 'accepted', justification: 'agreed' })).toBe('agreed')
  expect(suppressed({ kind: 'external', status: 'underReview' })).toBe(null)
  expect(suppressed({ kind: 'external' }, { kind: 'inSource', status: 'rejected' })).toBe(null)
})

test('a finding is the same when its line moves, and one more of the same kind is a new one', () => {
  const [first] = read({ results: [result(at('a.js', 3))] })
  const [moved, another] = read({ results: [result(at('a.js', 9)), result(at('a.js', 12))] })
  expect(moved!.fingerprint).toBe(first!.fingerprint)
  expect(another!.fingerprint).not.toBe(first!.fingerprint)
  const own = (uri: string, text: string) =>
    read({ results: [result({ ...at(uri), message: { text }, partialFingerprints: { hash: 'x:1' } })] })[0]!.fingerprint
  expect(own('a.js', 'bad')).toBe(own('a.js', 'bad, in other words'))
  expect(own('a.js', 'bad')).not.toBe(own('b.js', 'bad'))
})

test('a message is looked up by its id and filled in', () => {
  const rules = [{ id: 'R1', messageStrings: { default: { text: 'found {0} in {1}' } } }]
  const message = { id: 'default', arguments: ['x', 'y'] }
  expect(read({ tool: { driver: { name: 'Tool', rules } }, results: [result({ message })] })).toMatchObject([
    { message: 'found x in y' },
  ])
})

test('A18 a message whose placeholders would make it endless is cut', () => {
  const rules = [{ id: 'R1', messageStrings: { long: { text: '{0}'.repeat(100_000) } } }]
  const message = { id: 'long', arguments: ['x'.repeat(100_000)] }
  const [finding] = read({ tool: { driver: { name: 'Tool', rules } }, results: [result({ message })] })
  expect(finding!.message).toHaveLength(500)
})

test('A18 many rules, overrides and results cost no more than reading them', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `r${n}`)
  const ruleConfigurationOverrides = many.map((id) => ({ descriptor: { id }, configuration: { level: 'note' } }))
  const findings = read({
    tool: { driver: { name: 'Tool', rules: many.map((id) => ({ id, guid: id })) } },
    invocations: [{ executionSuccessful: true, ruleConfigurationOverrides }],
    results: many.slice(0, 9000).map((guid) => ({ rule: { guid }, message: { text: 'a' } })),
  })
  expect(findings).toHaveLength(9000)
  expect(findings.every(({ severity }) => severity === 'low')).toBe(true)
  const extensions = many.map((name) => ({ name }))
  expect(refusalOf({ tool: { driver: { name: 'Tool' }, extensions }, results: [] })).toContain(
    'at most 1000 extensions',
  )
})

test('places are relative to the repository, through bases, indexes and file addresses', () => {
  const bases = { SRC: { uri: 'packages/', uriBaseId: 'ROOT' }, ROOT: { uri: 'file:///srv/shop/' } }
  const placed = (given: object, more: object = {}) => read({ ...more, results: [result(given)] }, { root })[0]!.where
  expect(placed(at('file:///srv/shop/src/a%20b.js', 3))).toBe('src/a b.js:3')
  expect(placed(at('a.js', 3, { uriBaseId: 'SRC' }), { originalUriBaseIds: bases })).toBe('packages/a.js:3')
  expect(placed(at('a.js', 3, { uriBaseId: '%SRCROOT%' }))).toBe('a.js:3')
  expect(placed(at('a.js', 1, { uriBaseId: 'X' }), { originalUriBaseIds: { X: { uri: 'file:///runner/' } } })).toBe(
    'a.js:1',
  )
  const byIndex = { locations: [{ physicalLocation: { artifactLocation: { index: 0 } } }] }
  expect(placed(byIndex, { artifacts: [{ location: { uri: 'src/b.js' } }] })).toBe('src/b.js')
  expect(placed({ locations: [{ logicalLocations: [{ fullyQualifiedName: 'shop.Cart' }] }] })).toBe('shop.Cart')
})

test.each([
  '../../etc/passwd',
  '%2e%2e/%2e%2e/etc/passwd',
  'file:///etc/passwd',
  'file:///srv/shop/../../etc/passwd',
  'file://host/share/a.js',
  'http://example.org/a.js',
  '/etc/passwd',
  'src\\..\\a.js',
  'a%00.js',
  'a%ff.js',
])('A17 a result that names %s is refused', (uri) => {
  expect(refusalOf({ results: [result(at(uri))] }, { root })).toMatch(/expected (a path inside|a file|an address)/)
})

test.each([
  ['results that are null, because the scan could not begin', { results: null }, 'runs.0.results'],
  ['no results, because they lie elsewhere', {}, 'runs.0.results'],
  ['a run that did not finish', { invocations: [{ executionSuccessful: false }], results: [] }, 'did not finish'],
  ['an index of no rule', { results: [result({ ruleId: undefined, ruleIndex: 7 })] }, 'expected one of 2 rules'],
  ['a rule under another name', { results: [result({ ruleId: 'R1', ruleIndex: 1 })] }, 'rule 1 is R2'],
  ['an unknown level', { results: [result({ level: 'catastrophic' })] }, 'runs.0.results.0.level'],
  [
    'a severity that is none',
    {
      tool: { driver: { name: 'T', rules: [{ id: 'R1', properties: { 'security-severity': '99' } }] } },
      results: [result()],
    },
    'security-severity',
  ],
  [
    'an index of no artifact',
    { results: [result({ locations: [{ physicalLocation: { artifactLocation: { index: 3 } } }] })] },
    'artifacts',
  ],
  [
    'bases in a circle',
    { originalUriBaseIds: { A: { uriBaseId: 'A' } }, results: [result(at('a', 1, { uriBaseId: 'A' }))] },
    'at most 16 bases',
  ],
  [
    'more findings than are kept',
    { results: Array.from({ length: 10_001 }, () => result()) },
    'at most 10000 findings',
  ],
])('a SARIF file with %s is refused', (_, run, words) => {
  expect(refusalOf(run)).toContain(words)
})
