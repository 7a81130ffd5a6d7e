import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

function refusalOf(source: string | Uint8Array): string {
  try {
    parseStrictJson(source)
  } catch (error) {
    return `${(error as Refusal).reason}: ${(error as Refusal).message}`
  }
  return 'accepted'
}

test('it reads what JSON.parse writes', () => {
  const value = fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }).filter((json) => {
    const text = JSON.stringify(json)
    return !text.includes('__proto__') && !text.includes('\\u0000') && numbersIn(json).every(isPlain)
  })
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (json, indent) => {
      const text = JSON.stringify(json, null, indent)
      expect(parseStrictJson(text)).toEqual(JSON.parse(text))
      expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text))
    }),
  )
})

function numbersIn(json: unknown): number[] {
  if (typeof json === 'number') return [json]
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(numbersIn) : []
}

/** JSON writes whole numbers up to 1e21 with all their digits, and those beyond 2^53 are refused on purpose. */
function isPlain(number: number): boolean {
  return !Number.isInteger(number) || Number.isSafeInteger(number)
}

test('what JSON.parse refuses is refused', () => {
  const almost = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ntrufalse0123456789.eE+- \n\t')) }),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, place, more]) => {
      const at = place % (json.length + 1)
      return json.slice(0, at) + more + json.slice(at + more.length)
    }),
  )
  fc.assert(
    fc.property(almost, (text) => {
      if (isJson(text)) return
      expect(refusalOf(text)).toMatch(/^json\.malformed/)
    }),
    { numRuns: 1000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test.each([
  ['a key twice', '{"a":1,"a":1}', 'expected each key once'],
  ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'expected each key once'],
  ['a key twice, deep inside', '[[{"b":{"a":1,"c":2,"a":3}}]]', 'line 1, column 21'],
  ['__proto__', '{"__proto__":{"isAdmin":true}}', '__proto__'],
  ['__proto__, escaped', '{"\\u005f_proto__":1}', '__proto__'],
  ['a number beyond a double', '1e400', 'a double holds exactly'],
  ['a negative one', '[-1e400]', 'a double holds exactly'],
  ['a whole number beyond 2^53', '9007199254740993', 'a double holds exactly'],
  ['NaN', 'NaN', 'expected a value'],
  ['Infinity', '-Infinity', 'expected a value'],
  ['a leading zero', '01', 'expected the end'],
  ['a hexadecimal number', '0x10', 'expected the end'],
  ['half of a surrogate pair', '"\\ud800"', 'surrogate'],
  ['half of a surrogate pair in a key', '{"\\udc00":1}', 'surrogate'],
  ['NUL', '"a\\u0000b"', 'NUL'],
  ['a raw NUL', '"a\0b"', 'control characters'],
  ['a raw newline in a string', '"a\nb"', 'control characters'],
  ['an unknown escape', String.raw`"\x41"`, 'control characters'],
  ['a byte order mark', '\uFEFF{}', 'byte order mark'],
  ['single quotes', "{'a':1}", 'a key in double quotes'],
  ['a comment', '{} // done', 'expected the end'],
  ['a trailing comma', '{"a":1,}', 'a key in double quotes'],
  ['two documents', '{}{}', 'expected the end'],
  ['nothing', '', 'expected a value, found the end'],
  ['a string without end', '"abc\\"', 'closing quote'],
])('A15 %s is refused', (_, text, words) => {
  expect(refusalOf(text)).toContain(words)
  expect(refusalOf(text)).toMatch(/^json\.malformed/)
})

test('A15 constructor and prototype are plain keys, and nothing is polluted', () => {
  const read = parseStrictJson('{"constructor":{"prototype":{"isAdmin":true}},"toString":1}')
  expect(Object.keys(read as object)).toEqual(['constructor', 'toString'])
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})

test('A15 depth 100 000 is refused, and so is what is too large', () => {
  expect(refusalOf('['.repeat(100_000))).toContain('at most 64 levels')
  expect(refusalOf('{"a":'.repeat(100_000))).toContain('at most 64 levels')
  expect(() => parseStrictJson('"abcdef"', { maxBytes: 7 })).toThrow('at most 7 bytes of JSON, found 8')
  expect(parseStrictJson('[[1]]', { maxDepth: 2 })).toEqual([[1]])
  expect(() => parseStrictJson('[[1]]', { maxDepth: 1 })).toThrow('at most 1 levels')
  expect(parseStrictJson('[1,[2]]', { maxValues: 4 })).toEqual([1, [2]])
  expect(() => parseStrictJson('[1,[2]]', { maxValues: 3 })).toThrow('at most 3 values')
  expect(parseStrictJson('{"a":1,"b":{"c":2}}', { maxKeys: 2 })).toEqual({ a: 1, b: { c: 2 } })
  expect(() => parseStrictJson('{"a":1,"b":2}', { maxKeys: 1 })).toThrow('at most 1 keys')
})

test('A15 bytes that are not UTF-8 are refused', () => {
  expect(refusalOf(Buffer.from('"\u00e9"', 'latin1'))).toContain('UTF-8')
  expect(refusalOf(Buffer.from('{}', 'utf16le'))).toMatch(/^json\.malformed/)
  expect(refusalOf(Buffer.from('\uFEFF{}'))).toContain('byte order mark')
})

test('a problem is named by line and column', () => {
  expect(refusalOf('{\n  "a": 1,\n  "b" 2\n}')).toContain('line 3, column 7: expected :, found "2')
})

test('a quote ends a string unless the backslash before it is one of its own', () => {
  for (const value of [
    ['\\', 'b'],
    ['\\"', '"'],
    ['\\\\', ''],
    ['"\\"\\\\"', 'x'],
  ]) {
    expect(parseStrictJson(JSON.stringify(value))).toEqual(value)
  }
})

test('a long string of backslashes costs no more than reading it', () => {
  const text = JSON.stringify('\\"'.repeat(200_000))
  expect(parseStrictJson(text)).toBe('\\"'.repeat(200_000))
})
