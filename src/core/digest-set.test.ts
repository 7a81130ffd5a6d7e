import { expect, test } from 'vitest'
import { digestsText, isOf } from './digest-set.ts'

const [a, b] = ['a', 'b'].map((digit) => ({ sha256: digit.repeat(64), sha512: digit.repeat(128) })) as [
  { sha256: string; sha512: string },
  { sha256: string; sha512: string },
]
const counted = { digest: `sha256:${a.sha256}`, sha512: a.sha512 } as const
const uncounted = { digest: counted.digest }

test('A11 bytes are named by SHA-256, by SHA-512 or by both, and then by both alike', () => {
  expect(isOf({ sha256: a.sha256 }, counted)).toBe(true)
  expect(isOf({ sha512: a.sha512 }, counted)).toBe(true)
  expect(isOf(a, counted)).toBe(true)
  expect(isOf({ sha256: a.sha256, sha512: b.sha512 }, counted)).toBe(false)
  expect(isOf({ sha256: b.sha256, sha512: a.sha512 }, counted)).toBe(false)
  expect(isOf(b, counted)).toBe(false)
})

test('A11 a SHA-512 names nothing where nobody has counted it, and harms nothing beside the SHA-256', () => {
  expect(isOf({ sha512: a.sha512 }, uncounted)).toBe(false)
  expect(isOf(a, uncounted)).toBe(true)
  expect(isOf({}, counted)).toBe(false)
})

test('A11 a digest in another spelling, or under the name of another, is another digest', () => {
  const wrong = [
    { sha256: a.sha256.toUpperCase() },
    { sha256: a.sha512 },
    { sha512: a.sha256 },
    { sha512: a.sha512.toUpperCase() },
    { sha256: '', sha512: a.sha512 },
    { sha512: `${a.sha512} ` },
  ]
  for (const set of wrong) expect(isOf(set, counted), JSON.stringify(set)).toBe(false)
})

test('people are told what something is called by, and only the first few of many', () => {
  expect(digestsText([{}])).toBe('no SHA-256 and no SHA-512')
  expect(digestsText([{ sha512: 'c' }, a])).toBe(`sha512:c, sha256:${a.sha256}`)
  expect(digestsText(Array.from({ length: 50 }, () => ({ sha256: 'd' })))).toHaveLength('sha256:d, '.length * 10 - 2)
})
