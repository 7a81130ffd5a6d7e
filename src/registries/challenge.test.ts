import { expect, test } from 'vitest'
import { readChallenge } from './challenge.ts'

test.each([
  ['Basic realm="x"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  [
    'Bearer realm="https://a.test/token",service="r.test",scope="repository:a:pull,push"',
    { scheme: 'bearer', realm: 'https://a.test/token', service: 'r.test' },
  ],
  ['bearer Realm = "https://a.test/\\"t"', { scheme: 'bearer', realm: 'https://a.test/"t', service: null }],
  ['Negotiate, Bearer realm=https://a.test/t', { scheme: 'bearer', realm: 'https://a.test/t', service: null }],
  [' ,, Negotiate , ,\tBasic', { scheme: 'basic' }],
  ['Bearer service="x"', null],
  ['', null],
  ['"', null],
])('%j is read as what it asks for', (header, challenge) => {
  expect(readChallenge(header)).toEqual(challenge)
})
