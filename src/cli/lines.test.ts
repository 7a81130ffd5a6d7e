import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLines } from './lines.ts'

test('lines come out whole however the text was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b\n', '\n', 'cd', '\r\n')), (pieces) => {
      const written: string[] = []
      const lines = createLines('> ', (line) => written.push(line))
      pieces.forEach((piece) => lines.add(piece))
      lines.end()
      const text = pieces.join('').replaceAll('\r\n', '\n')
      const expected = text.split('\n').map((line) => `> ${line}`)
      expect(written).toEqual(text === '' || text.endsWith('\n') ? expected.slice(0, -1) : expected)
    }),
  )
})

test('A27 what a job prints cannot steer the terminal', () => {
  const written: string[] = []
  createLines('', (line) => written.push(line)).add('\u{1B}]0;owned\u{7}50 %\r100 %\u{1B}[2K\n')
  expect(written).toEqual(['50 %100 %'])
})
