import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../core/refusal.ts'
import { reportResults } from '../core/report.ts'
import { topOf } from '../core/report-top.ts'
import { reports } from './index.ts'

type Format = keyof typeof reports

const root = '/srv/shop'
const folder = join(import.meta.dirname, 'fixtures')

/** Every fixture with the format it is of. */
const fixtures = readdirSync(folder)
  .filter((name) => name !== 'README.md' && name !== 'coverage-py.lcov')
  .map((name): [string, Format] => [name, formatOf(name)])

function formatOf(name: string): Format {
  const format = (Object.keys(reports) as Format[]).find((each) => name === `${each}.json` || name.includes(`.${each}`))
  return format ?? 'junit'
}

const bytesOf = (name: string) => readFileSync(join(folder, name))

/** The results, which must be well-formed, or the reason of the refusal; anything else that is thrown fails the test. */
function outcomeOf(format: Format, bytes: Uint8Array): string {
  try {
    const results = reports[format].read(bytes, { root })
    return reportResults.safeParse(results).success && adds(results.tests) ? 'consistent' : 'inconsistent'
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
}

function adds(tests: ReturnType<typeof reportResults.parse>['tests']): boolean {
  return !tests || (tests.passed + tests.failed + tests.skipped === tests.total && tests.flaky <= tests.passed)
}

test.each(fixtures)('%s is recognized as %s and as nothing else', (name, format) => {
  const top = topOf(bytesOf(name))!
  expect(
    Object.entries(reports)
      .filter(([, reader]) => reader.recognizes(top))
      .map(([each]) => each),
  ).toEqual([format])
})

test.each(fixtures)('%s cut off anywhere is refused, but for LCOV between two records', (name, format) => {
  const whole = bytesOf(name)
  const end = whole.toString('latin1').trimEnd().length
  const isRecord = (length: number) =>
    format === 'lcov' && /end_of_record(\nTN:?)?\n*$/.test(whole.subarray(0, length).toString())
  fc.assert(
    fc.property(fc.nat({ max: end - 1 }), (length) => {
      const outcome = outcomeOf(format, whole.subarray(0, length))
      expect(outcome).toBe(isRecord(length) ? 'consistent' : 'report_invalid')
    }),
    { examples: [[0], [1], [end - 1]], numRuns: 40 },
  )
})

test.each(fixtures)('%s with any byte changed is refused or consistent', (name, format) => {
  const whole = bytesOf(name)
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (place, byte) => {
      const changed = Buffer.from(whole)
      changed[place] = byte
      expect(outcomeOf(format, changed)).toMatch(/^(consistent|report_invalid)$/)
    }),
    { numRuns: 60 },
  )
})

const json = ['sarif', 'cyclonedx', 'spdx', 'osv-scanner', 'trivy', 'grype'] as const
const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`

test.each(Object.keys(reports) as Format[])('A16 A18 a hostile file is refused as %s, and soon', (format) => {
  const started = performance.now()
  const attacks = [
    '',
    ' \n\t',
    '\0',
    'null',
    '[]',
    '{}',
    '{"version":"2.1.0","version":"2.1.0","runs":[]}',
    '{"__proto__":{"runs":[]}}',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":1e400}',
    '<coverage',
    '<testsuite>&lol;</testsuite>',
    'SF:',
    'PK\u0003\u0004',
    deep(100),
    deep(100_000),
    '<a>'.repeat(100_000),
    '\uFEFF',
    '\uFFFE\u0000',
  ].map((text) => Buffer.from(text))
  const others = fixtures.filter(([, of]) => of !== format).map(([name]) => bytesOf(name))
  const encoded = [
    Buffer.from(fixtures[0]![0], 'utf16le'),
    Buffer.of(0xff, 0xfe, 0x7b, 0),
    Buffer.of(0x7b, 0xc0, 0xaf, 0x7d),
  ]
  for (const attack of [...attacks, ...others, ...encoded]) {
    expect(outcomeOf(format, attack), attack.subarray(0, 40).toString('latin1')).toBe('report_invalid')
  }
  expect(performance.now() - started).toBeLessThan(10_000)
})

test.each(json)('a %s file above the limit is refused before it is read', (format) => {
  const large = Buffer.alloc(32 * 1024 * 1024 + 1, 0x20)
  expect(() => reports[format].read(large)).toThrow(/at most 33554432 bytes/)
})

test('A18 what grows without end inside one tag, line or document is given up early', () => {
  const started = performance.now()
  const attributes = Array.from({ length: 1_000_000 }, (_, n) => `a${n}=""`).join(' ')
  for (const [format, text, words] of [
    ['junit', `<testsuite ${attributes}/>`, 'at most 64 attributes'],
    ['cobertura', `<coverage ${attributes}/>`, 'at most 64 attributes'],
    ['lcov', `SF:a\nDA:${'1,'.repeat(5_000_000)}\n`, 'line 2: expected at most 65536 characters'],
    ['sarif', `${'\n'.repeat(10_000_000)}x`, 'line 10000001, column 1'],
    ['cyclonedx', `{${Array.from({ length: 900_000 }, (_, n) => `"k${n}":1`).join(',')}}`, 'at most 10000 keys'],
  ] as const) {
    expect(() => reports[format].read(Buffer.from(text)), format).toThrow(words)
  }
  expect(performance.now() - started).toBeLessThan(10_000)
})

test.each([
  ['of nothing that belongs there', '{},'.repeat(900_000), 'expected'],
  ['of more than is read', '0,'.repeat(1_100_000), 'at most 1000000 values'],
])('A18 a list %s is refused at its first item, and takes little room', (_, items, words) => {
  const text = `{"version":"2.1.0","runs":[${items}{}],"matches":[],"descriptor":{}}`
  const before = process.memoryUsage().heapUsed
  for (const format of ['sarif', 'grype'] as const) {
    expect(() => reports[format].read(Buffer.from(text))).toThrow(words)
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(512 * 1024 ** 2)
})

test.each(['junit', 'cobertura'] as const)(
  'A19 a %s document type, entity or inclusion reads and fetches nothing',
  async (format) => {
    const asked: string[] = []
    const canary = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('<!ENTITY leak "x">')
    })
    await new Promise<void>((ready) => canary.listen(0, '127.0.0.1', ready))
    const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
    const top = format === 'junit' ? 'testsuite' : 'coverage'
    const bomb = Array.from({ length: 20 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
    const attacks = [
      `<!DOCTYPE ${top} [<!ENTITY x SYSTEM "${address}/entity">]><${top} name="&x;"/>`,
      `<!DOCTYPE ${top} SYSTEM "${address}/dtd" [<!ENTITY % x SYSTEM "${address}/parameter"> %x;]><${top}/>`,
      `<!DOCTYPE ${top} [<!ENTITY x SYSTEM "file:///etc/passwd">]><${top}>&x;</${top}>`,
      `<!DOCTYPE ${top} [<!ENTITY e0 "ha">${bomb}]><${top} name="&e20;"/>`,
      `<!DOCTYPE ${top} SYSTEM "${address}/dtd"><${top} name="&leak;"/>`,
      `<${top} xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${address}/include"/></${top}>`,
      `<?xml version="1.0" encoding="UTF-7"?>+ADw-${top}/+AD4-`,
      `<?xml version="1.0" encoding="UTF-16"?><${top}/>`,
    ]
    for (const attack of attacks) expect(outcomeOf(format, Buffer.from(attack)), attack).toBe('report_invalid')
    await new Promise((closed) => canary.close(closed))
    expect(asked).toEqual([])
  },
)

test('what a file calls itself is found below comments and declarations, and nothing is found in what is none', () => {
  expect(
    topOf(Buffer.from('<?xml version="1.0"?>\n<!-- <a> --><!DOCTYPE coverage SYSTEM "x">\n<coverage a="b">')),
  ).toEqual({ xml: 'coverage' })
  expect(topOf(Buffer.from('TN:\nSF:a'))).toEqual({ text: 'TN:' })
  expect(topOf(Buffer.from(''))).toBe(null)
  expect(topOf(Buffer.of(0, 1, 2))).toBe(null)
  expect(() => topOf(Buffer.from('{"runs": ['))).toThrow(/line 1, column 11/)
})
