import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import type { ReportReader } from '../core/report.ts'
import { cobertura } from './cobertura.ts'
import { lcov } from './lcov.ts'

const root = '/srv/shop'
const fixture = (name: string) => readFile(join(import.meta.dirname, 'fixtures', name))

function read(reader: ReportReader, text: string, origin?: { root: string }) {
  return reader.read(Buffer.from(text), origin).coverage!
}

function refusalOf(reader: ReportReader, text: string | Uint8Array, origin?: { root: string }): Refusal {
  try {
    reader.read(Buffer.from(text), origin)
  } catch (error) {
    return error as Refusal
  }
  throw new Error('the report was accepted')
}

const cart = { path: 'src/cart.js', covered: '1-2,5-18,20-21', uncovered: '3-4,19' }

test.each([
  ['node.lcov', lcov, { covered: 19, total: 24 }, { covered: 7, total: 10 }, cart],
  ['c8.lcov', lcov, { covered: 19, total: 24 }, { covered: 7, total: 10 }, cart],
  ['c8.cobertura.xml', cobertura, { covered: 19, total: 24 }, { covered: 7, total: 10 }, cart],
  [
    'vitest.lcov',
    lcov,
    { covered: 7, total: 12 },
    { covered: 4, total: 10 },
    { path: 'src/cart.js', covered: '2,5-7,9,13,15', uncovered: '3,17,19' },
  ],
  [
    'vitest.cobertura.xml',
    cobertura,
    { covered: 7, total: 12 },
    { covered: 4, total: 10 },
    { path: 'src/cart.js', covered: '2,5-7,9,13,15', uncovered: '3,17,19' },
  ],
  [
    'coverage-py.cobertura.xml',
    cobertura,
    { covered: 6, total: 8 },
    { covered: 4, total: 6 },
    { path: 'shop/cart.py', covered: '1-2,4,7-9', uncovered: '3,10' },
  ],
  [
    'gcovr.cobertura.xml',
    cobertura,
    { covered: 10, total: 10 },
    { covered: 6, total: 10 },
    { path: 'cart.c', covered: '2-5,7-9,11-13', uncovered: '' },
  ],
  [
    'lcov.lcov',
    lcov,
    { covered: 10, total: 10 },
    { covered: 6, total: 10 },
    { path: 'cart.c', covered: '2-5,7-9,11-13', uncovered: '' },
  ],
])('%s is read', async (name, reader, lines, branches, file) => {
  const coverage = reader.read(await fixture(name), { root }).coverage!
  expect(coverage).toMatchObject({ lines, branches })
  expect(coverage.files).toContainEqual(file)
})

test('an LCOV file whose branches are not as many as it says is refused, although a real tool wrote it', async () => {
  expect(refusalOf(lcov, await fixture('coverage-py.lcov')).message).toContain('line 22')
})

const record = (...lines: string[]) => ['SF:a.js', ...lines, 'end_of_record', ''].join('\n')

test('lines of one file in several records are added up, and no branches are not none reached', () => {
  const text = record('DA:1,0', 'DA:2,0') + record('DA:2,5', 'DA:3,0')
  expect(read(lcov, text)).toEqual({
    lines: { covered: 1, total: 3 },
    branches: null,
    files: [{ path: 'a.js', covered: '2', uncovered: '1,3' }],
  })
})

test('a line that is written twice may be counted once or twice', () => {
  for (const [found, hit] of [
    [1, 1],
    [2, 1],
  ]) {
    const text = record('DA:1,0', 'DA:1,4', `LF:${found}`, `LH:${hit}`)
    expect(read(lcov, text).lines).toEqual({ covered: 1, total: 1 })
  }
})

test.each([
  ['nothing', '', 'an empty file'],
  ['another text', 'all lines were reached', 'line 1: expected SF or TN'],
  ['no lines at all', record('LF:0', 'LH:0'), 'at least one line'],
  ['a record that does not end', 'SF:a.js\nDA:1,1\n', 'expected end_of_record'],
  ['an end that is cut off', 'SF:a.js\nDA:1,1\nend_of_rec', 'line 3'],
  ['a record in a record', 'SF:a.js\nSF:b.js\n', 'expected end_of_record, found SF'],
  ['more lines than there are', record('DA:1,1', 'LF:2'), 'declares LF:2, and there are 1'],
  ['more reached lines than there are', record('DA:1,0', 'LH:1'), 'declares LH:1, and there are 0'],
  ['more branches than there are', record('DA:1,0', 'BRF:1'), 'declares BRF:1'],
  ['a negative count', record('DA:1,-1'), 'expected a count in DA, found -1'],
  ['a count that is none', record('DA:1,NaN'), 'found NaN'],
  ['line zero', record('DA:0,1'), 'expected a line number, found 0'],
  ['an unknown line', record('DA:1,1', 'COLOUR:red'), 'expected a line of a record'],
  ['a binary', `SF:a\u0000.js\n`, 'a path inside the repository'],
])('an LCOV file with %s is refused with the place', (_, text, words) => {
  const refusal = refusalOf(lcov, text)
  expect(refusal).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
  expect(refusal.message).toContain(words)
})

const xml = (declared: string, ...classes: string[]) =>
  `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.example/coverage-04.dtd"><coverage ${declared}>
<packages><package><classes>${classes.join('')}</classes></package></packages></coverage>`
const of = (filename: string, lines: string) =>
  `<class filename="${filename}"><methods/><lines>${lines}</lines></class>`

test('two classes in one file are one file, counted once or as often as they are written', () => {
  const both = [
    of('A.java', '<line number="1" hits="1"/><line number="2" hits="0"/>'),
    of('A.java', '<line number="2" hits="3"/>'),
  ]
  for (const total of [2, 3]) {
    expect(read(cobertura, xml(`lines-valid="${total}" lines-covered="2"`, ...both)).lines).toEqual({
      covered: 2,
      total: 2,
    })
  }
  expect(refusalOf(cobertura, xml('lines-valid="4"', ...both)).message).toContain(
    'declares lines-valid 4, and there are 2',
  )
})

test('lines of methods are not counted once more', () => {
  const line = '<line number="1" hits="1"/>'
  const text = xml(
    '',
    `<class filename="a"><methods><method><lines>${line}</lines></method></methods><lines>${line}</lines></class>`,
  )
  expect(read(cobertura, text).lines).toEqual({ covered: 1, total: 1 })
})

const hit = '<line number="1" hits="1"/>'
const branch = (coverage: string) =>
  of('a', `<line number="1" hits="1" branch="true" condition-coverage="${coverage}"/>`)

test.each([
  ['no lines at all', xml('', of('a', '')), 'at least one line'],
  ['nothing in it', '<coverage/>', 'at least one line'],
  ['another document', '<html/>', 'line 1, column'],
  ['a tag where it does not belong', '<coverage><class/></coverage>', 'expected sources or packages, found class'],
  ['a line without a number', xml('', of('a', '<line hits="1"/>')), 'expected the number of a line'],
  ['a line without hits', xml('', of('a', '<line number="1"/>')), 'expected hits of line 1'],
  ['negative hits', xml('', of('a', '<line number="1" hits="-1"/>')), 'expected a count in hits, found -1'],
  ['hits that are no number', xml('', of('a', '<line number="1" hits="NaN"/>')), 'found NaN'],
  ['more lines than there are', xml('lines-valid="2"', of('a', hit)), 'declares lines-valid 2, and there are 1'],
  ['fewer reached than there are', xml('lines-covered="0"', of('a', hit)), 'declares lines-covered 0'],
  ['a rate that is not its lines’', xml('line-rate="0.5"', of('a', hit)), 'line-rate of 0.5'],
  ['a rate above one', xml('line-rate="1.5"', of('a', hit)), 'from 0 to 1, found 1.5'],
  ['a rate that is no number', xml('line-rate="NaN"', of('a', hit)), 'found NaN'],
  ['more branches than there are', xml('branches-valid="3"', branch('50% (1/2)')), 'declares branches-valid 3'],
  ['more branches reached than there are', xml('', branch('200% (4/2)')), 'condition-coverage'],
  ['a share that is not its branches’', xml('', branch('100% (1/2)')), 'condition-coverage'],
])('A19 a Cobertura report with %s is refused with the place', (_, text, words) => {
  const refusal = refusalOf(cobertura, text)
  expect(refusal).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
  expect(refusal.message).toContain(words)
})

const tricks = [
  '../../etc/passwd',
  'src/../../etc/passwd',
  '..',
  '/etc/passwd',
  '/srv/shopping/a.js',
  '/srv/shop/../../etc/passwd',
  'C:\\windows\\a.js',
  '..\\..\\a.js',
  '',
  'src/a\u202Ejs.txt',
  'x'.repeat(5000),
]

test.each(tricks)('A17 A19 a path out of the repository is refused in every coverage format: %j', (path) => {
  const escaped = path.replaceAll('&', '&amp;')
  for (const origin of [undefined, { root }]) {
    expect(refusalOf(cobertura, xml('', of(escaped, hit)), origin).message).toContain(
      'expected a path inside the repository',
    )
    expect(refusalOf(lcov, `SF:${path}\nDA:1,1\nend_of_record\n`, origin).message).toContain('line 1: expected a path')
  }
})

test('a path below the folder of the repository becomes relative, and is refused where that folder is not known', () => {
  const text = 'SF:/srv/shop/src/./a.js\nDA:1,1\nend_of_record\n'
  expect(read(lcov, text, { root }).files[0]!.path).toBe('src/a.js')
  expect(refusalOf(lcov, text).message).toContain('/srv/shop/src/./a.js')
})

test('A19 a document type that declares anything is refused, and one that only names itself is not fetched', () => {
  const body = xml('', of('a', hit))
  const attacks = [
    '<!DOCTYPE coverage [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE coverage SYSTEM "http://127.0.0.1:9/x" [<!ENTITY % x SYSTEM "http://127.0.0.1:9/y"> %x;]>',
    '<!DOCTYPE html>',
    '<!DOCTYPE coverage><!DOCTYPE coverage>',
  ]
  for (const attack of attacks) {
    const text = body.replace(/<!DOCTYPE[^>]*>/, attack)
    expect(refusalOf(cobertura, text).reason, attack).toBe('report_invalid')
  }
  expect(refusalOf(cobertura, body.replace('filename="a"', 'filename="&x;"')).reason).toBe('report_invalid')
})

test('more files than are kept are refused, not left out', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => `SF:${n}.js\nDA:1,1\nend_of_record\n`).join('')
  expect(read(lcov, many(20_000)).files).toHaveLength(20_000)
  expect(refusalOf(lcov, many(20_001)).message).toContain('at most 20000 files')
})
