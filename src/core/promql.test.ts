import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillPromql, promqlProblem } from './promql.ts'

const known = ['release', 'version', 'window']
const problem = (query: string) => promqlProblem(query, known)

test('a placeholder stands inside quotes, a length of time outside of them', () => {
  expect(problem('up{a="{{release}}"} / up{a=\'{{ version }}\'}')).toBeNull()
  expect(problem('rate(x[{{window}}]) + rate(x[{{.window}}])')).toBeNull()
  expect(problem('up')).toBeNull()
  expect(problem('up{a={{release}}}')).toBe('expected {{release}} inside quotes, such as label="{{release}}"')
  expect(problem('up{a="x"} # {{release}}')).toContain('inside quotes')
  expect(problem('up # "\n{{release}}')).toContain('inside quotes')
  expect(problem('up{a="\\"{{release}}"}')).toBeNull()
  expect(problem('up{a="\\\\"} + {{release}}')).toContain('inside quotes')
  expect(problem('up{a=`{{release}}`}')).toContain('backticks')
  expect(problem('rate(x["{{window}}"])')).toContain('outside of strings')
  expect(problem('up{a="{{relaese}}"}')).toBe('expected one of {{release}}, {{version}}, {{window}}; found {{relaese}}')
})

test('values are escaped for their string and for a regular expression', () => {
  const values = { release: 'a"b\\c\nd', version: "1.0+'x'", window: '30d' }
  const fill = (query: string) => fillPromql(query, values)
  expect(fill('up{a="{{release}}"}')).toBe('up{a="a\\"b\\\\c\\u000ad"}')
  expect(fill("up{a='{{version}}'}")).toBe("up{a='1.0+\\'x\\''}")
  expect(fill('up{a=~"v{{version}}"}')).toBe('up{a=~"v1\\\\.0\\\\+\'x\'"}')
  expect(fill('up{a !~ "{{version}}"}')).toBe('up{a !~ "1\\\\.0\\\\+\'x\'"}')
  expect(fill('up{a=~ # "\n # why\n "{{version}}"}')).toContain('"1\\\\.0\\\\+')
  expect(fill('increase(x[{{window}}])')).toBe('increase(x[30d])')
  expect(() => fillPromql('x[{{window}}]', { window: '5m]) or vector(1' })).toThrow('expected a length of time')
})

test('A16 A20 whatever a value is, only one string of the query holds it, and it reads back as the value', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"} or vector(1) or up{a="', "'", '\\', '\\"', '`', '\u2028', '#', '{{release}}', '\\u0022'),
    fc.string({ unit: fc.constantFrom('"', "'", '\\', '`', '\n', '{', '}', '#', 'a') }),
  )
  fc.assert(
    fc.property(value, fc.constantFrom('"', "'"), (given, quote) => {
      const before = `up{a=${quote}`
      const after = `${quote}} # end`
      const filled = fillPromql(`${before}{{release}}${after}`, { release: given })
      expect(filled.startsWith(before) && filled.endsWith(after)).toBe(true)
      const inside = filled.slice(before.length, -after.length)
      expect(inside).toMatch(new RegExp(`^(?:[^\\\\\\n${quote}]|\\\\(?:\\\\|${quote}|u[0-9a-f]{4}))*$`, 'u'))
      const read = inside.replaceAll(/\\(u[0-9a-f]{4}|[^])/g, (_, escape: string) =>
        escape.length === 5 ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : escape,
      )
      expect(read).toBe(given.toWellFormed())
    }),
    { numRuns: 500 },
  )
})
