import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLines, type Line } from './lines.ts'
import { lineText } from './show-lines.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, second))

test('lines come out whole however the text was cut, numbered, each with the time of its beginning', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b\n', '\n', 'cd', '\r\n', 'e\nf')), (pieces) => {
      const written: Line[] = []
      const lines = createLines((line) => written.push(line))
      pieces.forEach((piece, second) => lines.add(piece, at(second)))
      lines.end()
      const text = pieces.join('')
      const expected = text.replaceAll('\r\n', '\n').split('\n')
      expect(written.map((line) => line.text)).toEqual(
        text === '' || text.endsWith('\n') ? expected.slice(0, -1) : expected,
      )
      expect(written.map(({ sequence }) => sequence)).toEqual(written.map((_, index) => index))
      const timeOfEach = pieces.flatMap((piece, second) => Array.from(piece, () => at(second)))
      const beginnings = Array.from(text, (_, index) => index).filter(
        (index) => index === 0 || text[index - 1] === '\n',
      )
      expect(written.map((line) => line.at)).toEqual(beginnings.map((index) => timeOfEach[index]))
    }),
  )
})

test('A27 what a job prints cannot steer the terminal', () => {
  const line = { at: at(7), sequence: 0, text: '\u{1B}]0;owned\u{7}50 %\r100 %\u{1B}[2K' }
  expect(lineText(line, 'job │ ', false)).toBe('job │ 50 %100 %')
  expect(lineText(line, 'job │ ', true)).toBe('2026-11-23T12:00:07.000Z job │ 50 %100 %')
})
