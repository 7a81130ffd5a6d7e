import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { factPattern, pathMatcher, readFacts } from './facts.ts'

const facts = (text: string, format: 'json' | 'yaml' = 'json') =>
  Object.fromEntries(readFacts(Buffer.from(text), format).map(({ path, text: value }) => [path, value]))

test('a document becomes paths with their values', () => {
  expect(facts('{"a":{"b":[1,{"c":"x"}],"d.e":true},"f":null,"g":{},"h":[]}')).toEqual({
    'a.b.0': '1',
    'a.b.1.c': '"x"',
    'a."d.e"': 'true',
    f: 'null',
    g: '{}',
    h: '[]',
  })
  for (const nothing of ['{}', '[]', '1', 'null', '""']) expect(facts(nothing)).toEqual({})
})

test('A42 in YAML an alias is what it stands for, and a number what was written', () => {
  expect(facts('a: &base { url: one }\nb: *base\nc: 1.10\nd: "1.10"\ne: 1.1\nf: on', 'yaml')).toEqual({
    'a.url': '"one"',
    'b.url': '"one"',
    c: '1.10',
    d: '"1.10"',
    e: '1.1',
    f: '"on"',
  })
})

test('A21 what cannot be read is refused without a word of it', () => {
  const odd = ['{"a":"s3cr3t"', '{"s3cr3t":1,"s3cr3t":2}', 's3cr3t', '{"a":1e999}', '{"__proto__":{"s3cr3t":1}}']
  for (const text of odd) expect(refusalOf(text, 'json'), text).not.toContain('s3cr3t')
  for (const text of ['a: [s3cr3t', 's3cr3t: 1\ns3cr3t: 2', 'a: !!binary s3cr3t', '{a: *s3cr3t}', '\t- s3cr3t']) {
    expect(refusalOf(text, 'yaml'), text).not.toContain('s3cr3t')
  }
  expect(refusalOf(`[${'['.repeat(40)}${']'.repeat(40)}]`, 'json')).toContain('expected')
  expect(refusalOf(JSON.stringify({ ['s3cr3t'.repeat(1000)]: { a: 1 } }), 'json')).toMatch(
    /names of at most 500 characters(?!.*s3cr3t)/,
  )
  expect(refusalOf(JSON.stringify(Array.from({ length: 20_000 }, () => 1)), 'json')).toContain('a smaller document')
})

test('a pattern means the paths it looks like', () => {
  const meant: [pattern: string, path: string, is: boolean][] = [
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b', 'aXb', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.*', 'a."b.c"', true],
    ['a.*.c', 'a.b.c', true],
    ['a.**', 'a.b.c.0', true],
    ['a.**', 'a', false],
    ['a."b.c"', 'a."b.c"', true],
    ['a."b.c"', 'a.b.c', false],
    ['a."x(y)+"', 'a."x(y)+"', true],
    ['a."*"', 'a.b', false],
    ['**', 'a', false],
    ['a.constructor', 'a.constructor', true],
    ['toString.*', 'toString.b', true],
    ['__proto__', 'o', false],
  ]
  for (const [pattern, path, is] of meant) expect(pathMatcher([pattern])(path), `${pattern} ${path}`).toBe(is)
  expect(pathMatcher([])('a')).toBe(false)
  expect(pathMatcher(['x', 'a.*'])('a.b')).toBe(true)
  for (const pattern of ['', 'a..b', '.a', 'a.', '**', 'a.**.b', 'a b', 'a."b', 'a.b*']) {
    expect(factPattern.safeParse(pattern).success, pattern).toBe(false)
  }
})

test('every path is a pattern that means itself and no other', () => {
  const name = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('*', '**', '.', '"', 'a.b', '\\'))
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (names) => {
      const paths = readFacts(
        Buffer.from(JSON.stringify(Object.fromEntries(names.map((each) => [each, 1])))),
        'json',
      ).map(({ path }) => path)
      for (const path of paths) {
        expect(factPattern.safeParse(path).success, path).toBe(true)
        expect(paths.filter(pathMatcher([path]))).toEqual([path])
      }
    }),
  )
})

function refusalOf(text: string, format: 'json' | 'yaml'): string {
  try {
    facts(text, format)
  } catch (error) {
    return String(error)
  }
  throw new Error(`it was read: ${text.slice(0, 50)}`)
}
