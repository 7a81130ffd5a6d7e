import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { plain } from '../look.ts'
import { changeLines } from './change-view.ts'

const look = { paint: plain, now: new Date(0) }
const path = 'environments.prod.gates[ci].run'
const text = (change: Parameters<typeof changeLines>[0], columns?: number) =>
  changeLines(change, { ...look, ...(columns && { columns }) }).join('\n')

test('a change at the end of a long text is shown', () => {
  const long = `curl --fail https://ci.example.org/${'a'.repeat(120)} || exit `
  const shown = text({ path, before: `${long}1`, after: `${long}0` })
  expect(shown.split('\n')).toEqual([
    `~ ${path}:`,
    `    - | curl --fail https://ci.example.org/${'a'.repeat(36)}`,
    `      … ${'a'.repeat(71)}`,
    `      … ${'a'.repeat(13)} || exit 1`,
    `    + | curl --fail https://ci.example.org/${'a'.repeat(36)}`,
    `      … ${'a'.repeat(71)}`,
    `      … ${'a'.repeat(13)} || exit 0`,
  ])
})

test('a text of several lines is told line by line, with what is around a change', () => {
  const script = ['set -e', ...Array.from({ length: 9 }, (_, index) => `step ${index}`), 'exit 1']
  const changed = [...script.slice(0, -1), 'exit 0']
  expect(text({ path, before: script.join('\n'), after: changed.join('\n') })).toBe(`~ ${path}:
      (7 lines as before)
      | step 6
      | step 7
      | step 8
    - | exit 1
    + | exit 0`)
  expect(text({ path, before: 'exit 1\n', after: 'exit 0\n' })).toBe(`~ ${path}: "exit 1\\n" → "exit 0\\n"`)
})

test('what was added or removed shows its values', () => {
  const gates = [
    { use: 'approval', count: 2, group: 'release-managers', exclude: ['requester', 'author'], 'reason-required': true },
    { use: 'command', run: 'npm ci\nnpm test\n' },
  ]
  expect(text({ path: 'environments.prod', before: { after: ['stg'], gates } })).toBe(`- environments.prod:
    after: ["stg"]
    gates:
      *
        use: "approval"
        count: 2
        group: "release-managers"
        exclude: ["requester","author"]
        reason-required: true
      *
        use: "command"
        run:
          | npm ci
          | npm test
          |`)
  expect(text({ path: 'environments.prod.gates[ci]', after: { use: 'command', run: 'true' } })).toBe(
    '+ environments.prod.gates[ci]: {"use":"command","run":"true"}',
  )
})

test('long lists that changed show what moved', () => {
  const names = Array.from({ length: 30 }, (_, index) => `gate-${index}`)
  const shown = text({ path: 'gates', before: names, after: [...names.slice(1), 'gate-0'] })
  expect(shown.split('\n').filter((line) => /^ {4}[-+]/.test(line))).toEqual(['    - * "gate-0"', '    + * "gate-0"'])
})

test('no value can pass for a change, neither by a line break nor where the terminal breaks the line', () => {
  const forged = '+ environments.fake: nothing'
  const values = [`true\n${forged}`, `${' '.repeat(78)}${forged}`, `true\n${'x '.repeat(300)}\n${forged}\r${forged}`]
  for (const value of values) {
    const hostile = [
      { path, before: 'true', after: value },
      { path, after: value },
      { path, after: { [value]: value, deep: [[{ value }]] } },
      { path: `variables.${value}`, before: value, after: 1 },
    ]
    for (const change of hostile) {
      const [first, ...others] = changeLines(change, { ...look, columns: 80 })
      expect(first).toMatch(/^[+~-] "?(environments\.prod|variables)/)
      for (const row of others) expect(row).toMatch(/^ {4}/)
      for (const row of [first!, ...others]) expect(row).toMatch(/^[^\n\r]{0,79}$/)
    }
  }
  // Signs that some terminals show two columns wide.
  for (const row of changeLines({ path, after: '↯'.repeat(200) }, { ...look, columns: 80 }))
    expect(row.length).toBeLessThan(50)
})

test('what cannot be seen is named, and what looks alike is told apart', () => {
  const change = (before: unknown, after: unknown) => text({ path: 'x', before, after })
  expect(change('ops', 'ops\u{200B}')).toBe('~ x: "ops" → "ops<U+200B>"')
  expect(change('ops', 'ops<U+200B>')).toBe('~ x: "ops" → "ops<U+003C>U+200B>"')
  expect(change('releasers', 'r\u{435}leasers')).toBe('~ x: "releasers" → "r<U+0435>leasers"')
  expect(change('Über', 'Über\u{A0}uns')).toBe('~ x: "Über" → "Über<U+00A0>uns"')
  expect(change('1', 1)).toBe('~ x: "1" → 1')
  expect(change('a\u{1B}[2K', 'a')).toBe('~ x: "a\\u001b[2K" → "a"')
  expect(change('a\nb', 'a\r\nb\u{202E} ')).toBe(
    '~ x:\n    - | a\n    - | b\n    + | a<U+000D>\n    + | b<U+202E><U+0020>',
  )
  expect(change('if true\n\tthen x', 'if true\n        then x')).toContain('- | ⇥then x')
})

test('two different values never look the same', () => {
  const piece = fc.constantFrom(
    'a',
    ' ',
    '\n',
    '\t',
    '⇥',
    '\\n',
    '"',
    '<U+',
    '200B>',
    '\u{200B}',
    '\u{1F600}',
    '| ',
    'é',
  )
  const words = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const value = fc.oneof(
    words,
    fc.integer({ max: 3, min: 0 }),
    fc.array(words, { maxLength: 3 }),
    fc.dictionary(words, words),
  )
  const long = 'long '.repeat(30)
  fc.assert(
    fc.property(value, value, fc.constantFrom('', long), (one, other, rest) => {
      const [before, after] =
        typeof one === 'string' && typeof other === 'string' ? [one + rest, other + rest] : [one, other]
      fc.pre(JSON.stringify(before) !== JSON.stringify(after))
      const shown = changeLines({ path: 'x', before, after }, { ...look, columns: 60 })
      const sides = ['-', '+'].map((mark) => shownOf(shown, mark))
      const isOneLine = shown[0] !== '~ x:'
      const told = isOneLine ? shown.join('').replaceAll('    … ', '').slice(5).split(' → ') : sides
      expect(new Set(told).size).toBeGreaterThan(1)
      expect(text({ path: 'x', after: before })).not.toBe(text({ path: 'x', after }))
    }),
    { numRuns: 500 },
  )
})

/** One side of a line difference, with the lines of both. */
function shownOf(lines: string[], mark: string): string {
  const kept: string[] = []
  let isOurs = false
  for (const line of lines.slice(1)) {
    if (!/^ +… /.test(line)) isOurs = line[4] === mark || line[4] === ' '
    if (isOurs) kept.push(line.replace(/^ {4}[-+]/, '     '))
  }
  return kept.join('\n')
}
