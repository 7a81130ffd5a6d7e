import { expect, test } from 'vitest'
import { judgeLicense } from './license-expression.ts'

const allow = ['MIT', 'Apache-2.0', 'GPL-2.0-or-later', 'GPL-2.0-only WITH Classpath-exception-2.0', 'Public Domain']

test.each([
  ['MIT', 'allowed'],
  ['MIT OR GPL-3.0-only', 'allowed'],
  ['GPL-3.0-only OR MIT', 'allowed'],
  ['MIT AND GPL-3.0-only', 'refused'],
  ['MIT AND (GPL-3.0-only OR Apache-2.0)', 'allowed'],
  ['(MIT AND GPL-3.0-only) OR (Apache-2.0 AND ISC)', 'refused'],
  ['MIT AND GPL-3.0-only OR Apache-2.0', 'allowed'],
  ['GPL-2.0+', 'allowed'],
  ['GPL-2.0', 'refused'],
  ['GPL-2.0-only WITH Classpath-exception-2.0', 'allowed'],
  ['MIT WITH Classpath-exception-2.0', 'allowed'],
  ['LicenseRef-Ours', 'refused'],
  ['Public Domain', 'allowed'],
  ['Apache 2.0', 'unknown'],
  ['mit', 'unknown'],
  ['MIT OR', 'unknown'],
  ['', 'unknown'],
  ['NOASSERTION', 'unknown'],
  ['?MIT', 'unknown'],
  ['MIT\nOR GPL-3.0-only', 'unknown'],
])('of %j one says: %s', (declared, says) => {
  expect(judgeLicense(declared, { allow })).toBe(says)
})

test.each([
  ['MIT', 'allowed'],
  ['AGPL-3.0-only', 'refused'],
  ['AGPL-3.0', 'refused'],
  ['AGPL-3.0-only OR MIT', 'allowed'],
  ['AGPL-3.0-only AND MIT', 'refused'],
  ['AGPL-3.0-only WITH Classpath-exception-2.0', 'refused'],
  ['proprietary', 'refused'],
  ['whatever', 'unknown'],
])('with a list of what is denied, of %j one says: %s', (declared, says) => {
  expect(judgeLicense(declared, { deny: ['AGPL-3.0-only', 'proprietary'] })).toBe(says)
})

test('an expression longer or deeper than any real one is not known', () => {
  expect(judgeLicense(`${'('.repeat(5000)}MIT${')'.repeat(5000)}`, { allow })).toBe('unknown')
  expect(judgeLicense(`${'('.repeat(400)}MIT${')'.repeat(400)}`, { allow })).toBe('allowed')
})
