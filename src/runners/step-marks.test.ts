import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMarkReader, type Piece } from './step-marks.ts'

const token = 'Ab3-_x'
const mark = (exitCode: number, by = token) => `\0${by} ${exitCode}\0`

/** Bytes that stand together count as one piece, however they came. */
function read(text: string, cuts: number[] = []): (string | number)[] {
  const reader = createMarkReader(token)
  const bytes = Buffer.from(text, 'latin1')
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const pieces: Piece[] = places.slice(1).flatMap((end, index) => reader(bytes.subarray(places[index], end)))
  return pieces.reduce<(string | number)[]>((joined, piece) => {
    if (piece.kind === 'mark') return [...joined, piece.exitCode]
    const last = joined.at(-1)
    const added = piece.bytes.toString('latin1')
    return typeof last === 'string' ? [...joined.slice(0, -1), last + added] : [...joined, added]
  }, [])
}

test('marks are found between what was printed, wherever the chunks are cut', () => {
  const text = `${mark(0)}one\n${mark(0)}${mark(137)}two${mark(3)}`
  const expected = [0, 'one\n', 0, 137, 'two', 3]
  expect(read(text)).toEqual(expected)
  for (let cut = 0; cut <= text.length; cut++) expect(read(text, [cut])).toEqual(expected)
  expect(
    read(
      text,
      Array.from({ length: text.length }, (_, index) => index),
    ),
  ).toEqual(expected)
})

test('A20 a mark without the token, or with an impossible exit code, is only text', () => {
  const printed = `${mark(0, 'other!')}\0\0${token} 0\n\0${token} x\0 \0${token} 1234\0`
  expect(read(printed + mark(1))).toEqual([printed, 1])
})

test('whatever is printed between marks comes back in order, and nothing is lost', () => {
  const piece = fc.oneof(
    fc.nat(255),
    fc.string({ unit: fc.constantFrom('a', '\0', ' ', '0', 'é', ...Array.from(token)), minLength: 1 }),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
      fc.pre(!pieces.some((one) => typeof one === 'string' && one.includes(`\0${token} `)))
      const joined = pieces.map((one) => (typeof one === 'number' ? mark(one) : one)).join('') + mark(9)
      const texts = (read_: (string | number)[]) =>
        read_.map((one) => (typeof one === 'number' ? mark(one) : one)).join('')
      expect(texts(read(joined, cuts))).toBe(joined)
    }),
  )
})
