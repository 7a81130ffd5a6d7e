import { expect, test } from 'vitest'
import { artifactName, insidePath, slug } from './names.ts'

const everywhere = [
  '',
  '/etc/passwd',
  '../x',
  'a/../../x',
  '..\\x',
  'a\\b',
  'a\0',
  'a\u202Etxt.exe',
  'a\u200b',
  'a\nb',
  'a\x1b[31m',
]

test.each([...everywhere, '..', '/', 'a/..', 'a/'.repeat(2500)])('A17 %j is no path inside a workspace', (path) => {
  expect(insidePath.safeParse(path).success).toBe(false)
})

test.each([
  ...everywhere,
  '.',
  '..',
  'a/b',
  'a b',
  'ä',
  '%2e%2e',
  'a;b',
  'a"b',
  '$(id)',
  'a\r\nset-cookie: x',
  'x'.repeat(129),
  'x'.repeat(5000),
])('A17 A20 %j is no name of an artifact', (name) => {
  expect(artifactName.safeParse(name).success).toBe(false)
})

test('what only looks odd is a name all the same', () => {
  for (const path of ['%2e%2e/x', '...', 'a..b', '.hidden', 'a/./b', 'ä b', '-rf']) {
    expect(insidePath.safeParse(path).success, path).toBe(true)
  }
  for (const name of ['...', 'a..b', '.hidden', '-rf']) expect(artifactName.safeParse(name).success, name).toBe(true)
})

test('A20 the name of a project, environment, job or gate holds nothing that a shell, a path or a URL reads', () => {
  for (const name of ['', 'A', 'a_b', '-a', 'a-', 'a.b', 'a/b', '$(id)', 'a b', 'ä', 'a\n', 'a\0', 'a'.repeat(64)]) {
    expect(slug.safeParse(name).success, JSON.stringify(name)).toBe(false)
  }
})
