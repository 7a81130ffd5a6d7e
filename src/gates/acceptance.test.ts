import { expect, test } from 'vitest'
import { isAccepted, refusedText } from './acceptance.ts'

const ana = (until: string) => ({ owner: 'ana', until })

test('an exception counts through its last day in UTC', () => {
  expect(isAccepted(ana('2026-11-23'), new Date('2026-11-23T23:59:59.999Z'))).toBe(true)
  expect(isAccepted(ana('2026-11-23'), new Date('2026-11-24T00:00:00Z'))).toBe(false)
  expect(refusedText(ana('2026-11-22'), new Date('2026-11-23T00:00:00Z'))).toBe(
    'ana accepted it until 2026-11-22, which is over',
  )
})

test('A42 a last day that is more than a year away is no last day', () => {
  const noon = new Date('2026-11-23T12:00:00Z')
  expect([ana('2027-11-23'), ana('2027-11-24'), ana('9999-12-31')].map((each) => isAccepted(each, noon))).toEqual([
    true,
    false,
    false,
  ])
  expect(refusedText(ana('9999-12-31'), noon)).toBe('ana accepted it until 9999-12-31, which is more than a year away')
})
