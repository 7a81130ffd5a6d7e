import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import { junit } from './junit.ts'

const read = (xml: string | Uint8Array) => junit.read(typeof xml === 'string' ? Buffer.from(xml) : xml).tests!
const fixture = (name: string) => readFile(join(import.meta.dirname, 'fixtures', `${name}.xml`))

function refusalOf(xml: string | Uint8Array): Refusal {
  try {
    read(xml)
  } catch (error) {
    return error as Refusal
  }
  throw new Error('the report was accepted')
}

test.each([
  ['node', { total: 11, passed: 5, failed: 4, skipped: 2 }, 'test › todo one'],
  ['vitest', { total: 7, passed: 3, failed: 2, skipped: 2 }, 'a.test.ts › cart <1> > counts "items"'],
  ['jest', { total: 4, passed: 2, failed: 1, skipped: 1 }, 'cart <1> counts "items"'],
  ['pytest', { total: 11, passed: 3, failed: 6, skipped: 2 }, 'test_a.TestCart › test_counts'],
  ['surefire', { total: 5, passed: 2, failed: 2, skipped: 1 }, 'com.example.CartTest › removesItem'],
])('a report of %s is read', async (tool, counts, failure) => {
  const tests = read(await fixture(tool))
  expect(tests).toMatchObject(counts)
  expect(tests.failures.map(({ name }) => name)).toContain(failure)
  expect(tests.failures).toHaveLength(counts.failed)
})

test('a failure without a message is described by the first line of its text', async () => {
  expect(read(await fixture('surefire')).failures.map(({ message }) => message)).toEqual([
    'expected: <1> but was: <0>',
    'java.lang.IllegalStateException: already paid',
  ])
})

test('what node writes today is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-junit-'))
  const file = join(folder, 'a.test.mjs')
  await writeFile(
    file,
    `import { describe, it, test } from 'node:test'
     describe('cart', () => { it('adds', () => {}); it('breaks', () => { throw new Error('boom') }) })
     test.skip('later', () => {})`,
  )
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const xml = await new Promise<string>((done) => {
    execFile(process.execPath, ['--test', '--test-reporter=junit', file], { env }, (_, stdout) => done(stdout))
  })
  await rm(folder, { recursive: true })
  expect(read(xml)).toEqual({
    total: 3,
    passed: 1,
    failed: 1,
    skipped: 1,
    flaky: 0,
    failures: [{ name: 'cart › breaks', message: 'boom' }],
  })
})

test('a report without tests is read as none', () => {
  expect(read('<testsuites/>')).toEqual({ total: 0, passed: 0, failed: 0, skipped: 0, flaky: 0, failures: [] })
})

test.each([
  ['nothing at all', '', 'empty'],
  ['only blanks', ' \n ', 'line 2'],
  ['text', 'all tests passed', 'line 1'],
  ['another document', '<html/>', 'found html'],
  ['a case outside a suite', '<testcase name="a"/>', 'found testcase'],
  ['mismatched tags', '<testsuite><testcase name="a"></testsuite></testcase>', 'line 1'],
  ['two roots', '<testsuite/><testsuite/>', 'line 1'],
  ['text behind the end', '<testsuite/>x', 'line 1'],
  ['an unfinished comment behind the end', '<testsuite/><!-- x', 'line 1'],
  ['the same attribute twice', '<testsuite tests="0" tests="0"/>', 'line 1'],
  ['a case in a case', '<testsuite><testcase name="a"><testcase name="b"/></testcase></testsuite>', 'found testcase'],
  ['a failure outside a case', '<testsuite><failure/></testsuite>', 'found failure'],
  ['testsuites inside', '<testsuite><testsuites/></testsuite>', 'testsuites'],
  ['a negative count', '<testsuite tests="-1"/>', 'expected a count in tests, found -1'],
  ['a count that is no number', '<testsuite failures="NaN"/>', 'found NaN'],
  ['a fraction', '<testsuite tests="1.0"/>', 'found 1.0'],
  ['an exponent', '<testsuite tests="1e1"/>', 'found 1e1'],
  ['a raw control character', '<testsuite name="a\u0001"/>', 'line 1'],
  ['a bare ampersand', '<testsuite name="a & b"/>', 'line 1'],
])('%s is refused', (_, xml, words) => {
  expect(refusalOf(xml)).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
  expect(refusalOf(xml).message).toContain(words)
})

test.each([
  [
    'more tests than there are',
    '<testsuite tests="2"><testcase name="a"/></testsuite>',
    'declares 2 tests, and there are 1',
  ],
  ['fewer tests than there are', '<testsuite tests="0"><testcase name="a"/></testsuite>', 'declares 0 tests'],
  [
    'fewer failures than there are',
    '<testsuite failures="0"><testcase name="a"><failure/></testcase></testsuite>',
    'declares 0 failures and errors, and there are 1',
  ],
  ['skipped tests that are not there', '<testsuite skipped="1"><testcase name="a"/></testsuite>', 'skipped tests'],
  [
    'a wrong sum over its suites',
    '<testsuites tests="3"><testsuite tests="1"><testcase name="a"/></testsuite></testsuites>',
    'testsuites',
  ],
])('a suite that declares %s is refused', (_, xml, words) => {
  expect(refusalOf(xml).message).toContain(words)
})

test('A19 a document type is refused, and nothing it names is fetched', async () => {
  const asked: string[] = []
  const canary = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('<!ENTITY leak "x">')
  })
  await new Promise<void>((ready) => canary.listen(0, '127.0.0.1', ready))
  const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
  const bomb = Array.from({ length: 20 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
  const attacks = [
    `<!DOCTYPE testsuite SYSTEM "${address}/dtd"><testsuite/>`,
    `<!DOCTYPE testsuite PUBLIC "-//x//y" "${address}/public"><testsuite/>`,
    `<!DOCTYPE testsuite [<!ENTITY x SYSTEM "${address}/entity">]><testsuite name="&x;"/>`,
    `<!DOCTYPE testsuite [<!ENTITY % x SYSTEM "${address}/parameter"> %x;]><testsuite/>`,
    `<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>`,
    `<!DOCTYPE testsuite [<!ENTITY e0 "ha">${bomb}]><testsuite name="&e20;"/>`,
    `<!doctype testsuite><testsuite/>`,
    `<testsuite name="&undefined;"/>`,
    `<testsuite xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${address}/include"/></testsuite>`,
  ]
  for (const attack of attacks) expect(refusalOf(attack).reason, attack).toBe('report_invalid')
  expect(read(`<?xml-stylesheet href="${address}/style"?><testsuite/>`).total).toBe(0)
  await new Promise((closed) => canary.close(closed))
  expect(asked).toEqual([])
})

test('A19 other encodings than UTF-8 are refused, declared or not', () => {
  const xml = '<testsuite tests="1"><testcase name="a"/></testsuite>'
  const attacks = [
    Buffer.from(`\uFEFF${xml}`, 'utf16le'),
    Buffer.from(xml, 'utf16le'),
    Buffer.from(xml, 'utf16le').swap16(),
    Buffer.from('<?xml version="1.0" encoding="UTF-7"?>+ADw-testsuite/+AD4-'),
    Buffer.from(`<?xml version="1.0" encoding="UTF-16"?>${xml}`),
    Buffer.from(`<?xml version="1.0" encoding="windows-1252"?>${xml}`),
    Buffer.concat([Buffer.from('<testsuite name="'), Buffer.of(0xc0, 0xaf), Buffer.from('"/>')]),
  ]
  for (const attack of attacks) expect(refusalOf(attack).reason, attack.toString('latin1')).toBe('report_invalid')
  expect(read(`\uFEFF<?xml version="1.0" encoding="utf-8"?>${xml}`).total).toBe(1)
})

test('depth and attributes have limits', () => {
  const deep = (levels: number) => '<testsuite>'.repeat(levels) + '</testsuite>'.repeat(levels)
  const wide = (count: number) => `<testsuite ${Array.from({ length: count }, (_, i) => `a${i}="x"`).join(' ')}/>`
  expect(read(deep(64)).total).toBe(0)
  expect(refusalOf(deep(65)).message).toContain('at most 64 levels')
  expect(refusalOf(deep(200_000)).message).toContain('at most 64 levels')
  expect(read(wide(64)).total).toBe(0)
  expect(refusalOf(wide(65)).message).toContain('at most 64 attributes')
})

test('names and messages are cut, and cannot write anywhere else on a terminal', () => {
  const name = 'x'.repeat(5000)
  const message = 'red &#x1b;no&#10;next \u202Eevil \u2028 end'
  expect(refusalOf(`<testsuite><testcase name="${message}"/></testsuite>`).message).toContain('line 1')
  const shown = message.replace('&#x1b;', '')
  const { failures } = read(`<testsuite><testcase name="${name}"><failure message="${shown}"/></testcase></testsuite>`)
  expect(failures).toEqual([{ name: `${'x'.repeat(299)}…`, message: 'red no next evil end' }])
})

test('a case that failed twice is one failure, and the first word stands', () => {
  const tests = read('<testsuite><testcase name="a"><failure message="b"/><error message="c"/></testcase></testsuite>')
  expect(tests).toMatchObject({ total: 1, failed: 1, failures: [{ name: 'a', message: 'b' }] })
})

test.each([
  ['failed first and then passed', '<flakyFailure message="a"><stackTrace>x</stackTrace></flakyFailure>', 'passed', 1],
  ['broke first and then passed', '<flakyError/><flakyError/>', 'passed', 1],
  ['passed after tries of another kind', '<rerunError/>', 'passed', 1],
  ['failed each time', '<failure message="a"/><rerunFailure message="b"/>', 'failed', 0],
  ['broke each time', '<error/><rerunError/><rerunFailure/>', 'failed', 0],
])('a test that %s counts once', (_, inside, outcome, flaky) => {
  const tests = read(`<testsuite tests="1" flakes="${flaky}"><testcase name="a">${inside}</testcase></testsuite>`)
  expect(tests).toMatchObject({ total: 1, passed: 0, failed: 0, [outcome]: 1, flaky })
})

test('a suite that declares other flaky tests than there are is refused', () => {
  const refusal = refusalOf('<testsuite flakes="0"><testcase name="a"><flakyError/></testcase></testsuite>')
  expect(refusal.message).toContain('declares 0 flaky tests, and there are 1')
})

test('at most 50 failures are kept, and all are counted', () => {
  const failing = '<testcase name="a"><failure message="b"/></testcase>'
  const tests = read(`<testsuite>${failing.repeat(80)}</testsuite>`)
  expect(tests.failed).toBe(80)
  expect(tests.failures).toHaveLength(50)
})

test('a report cut off anywhere is refused', async () => {
  const whole = await fixture('surefire')
  const end = whole.lastIndexOf('>')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: end }), (length) => {
      expect(refusalOf(whole.subarray(0, length)).reason).toBe('report_invalid')
    }),
    { examples: [[0], [end], [38]] },
  )
})

test('any changed byte is refused, or leaves counts that add up', async () => {
  const whole = await fixture('vitest')
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (place, byte) => {
      const changed = Buffer.from(whole)
      changed[place] = byte
      expect(sumOrRefusal(changed)).toMatch(/^(adds up|report_invalid)$/)
    }),
  )
})

function sumOrRefusal(xml: Uint8Array): string {
  try {
    const { total, passed, failed, skipped } = read(xml)
    return passed + failed + skipped === total && Math.min(passed, failed, skipped) >= 0 ? 'adds up' : 'does not add up'
  } catch (error) {
    return (error as Refusal).reason
  }
}

test('the counts are those of the cases, however suites nest', () => {
  const outcome = fc.constantFrom('passed', 'failed', 'skipped')
  const tree = fc.letrec((tie) => ({
    suite: fc.array(fc.oneof({ maxDepth: 6 }, outcome, tie('suite')), { maxLength: 6 }),
  })).suite as fc.Arbitrary<Tree>
  fc.assert(
    fc.property(tree, fc.boolean(), (suite, declares) => {
      const all = leaves(suite)
      const of = (kind: string) => all.filter((leaf) => leaf === kind).length
      expect(read(xmlOf(suite, declares))).toMatchObject({
        total: all.length,
        passed: of('passed'),
        failed: of('failed'),
        skipped: of('skipped'),
      })
    }),
  )
})

type Tree = (string | Tree)[]

function leaves(tree: Tree): string[] {
  return tree.flatMap((node) => (typeof node === 'string' ? [node] : leaves(node)))
}

function xmlOf(tree: Tree, declares: boolean): string {
  const inside = tree.map((node) => {
    if (typeof node !== 'string') return xmlOf(node, declares)
    const mark = { passed: '', failed: '<error/>', skipped: '<skipped/>' }[node]
    return `<testcase name="a">${mark}</testcase>`
  })
  const all = leaves(tree)
  const errors = all.filter((leaf) => leaf === 'failed').length
  return `<testsuite${declares ? ` tests="${all.length}" errors="${errors}"` : ''}>${inside.join('')}</testsuite>`
}

test('a million cases are counted', () => {
  const one = '<testcase classname="suite" name="case" time="0.001"/>'
  const count = 1_000_000
  expect(read(`<testsuite tests="${count}">${one.repeat(count)}</testsuite>`).total).toBe(count)
})
