import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readNpmLockfile } from './npm-lockfile.ts'

const read = (packages: Record<string, object>, more: object = {}) =>
  readNpmLockfile(Buffer.from(JSON.stringify({ name: 'shop', lockfileVersion: 3, packages, ...more })))

const sha512 = Buffer.alloc(64, 7)

test('a lockfile of npm names what is installed, and nothing of the repository itself', () => {
  const packages = read({
    '': { name: 'shop', version: '1.0.0' },
    'packages/cart': { name: '@shop/cart', version: '2.0.0' },
    'node_modules/@shop/cart': { resolved: 'packages/cart', link: true },
    'node_modules/zod': {
      version: '4.1.0',
      resolved: 'https://registry.npmjs.org/zod/-/zod-4.1.0.tgz',
      integrity: `sha512-${sha512.toString('base64')}`,
      license: 'MIT',
    },
    'node_modules/a/node_modules/@b/c': { version: '1.0.0+x', dev: true },
    'packages/cart/node_modules/alias': { name: 'real', version: '3.0.0', devOptional: true },
  })
  expect(packages).toEqual([
    {
      name: 'zod',
      version: '4.1.0',
      purl: 'pkg:npm/zod@4.1.0',
      license: 'MIT',
      hashes: [{ alg: 'SHA-512', content: sha512.toString('hex') }],
      isForDevelopment: false,
    },
    {
      name: '@b/c',
      version: '1.0.0+x',
      purl: 'pkg:npm/%40b/c@1.0.0%2Bx',
      license: null,
      hashes: [],
      isForDevelopment: true,
    },
    { name: 'real', version: '3.0.0', purl: 'pkg:npm/real@3.0.0', license: null, hashes: [], isForDevelopment: true },
  ])
})

test.each([
  ['https://npm.acme.example/zod/-/zod-4.1.0.tgz', 'download_url', 'https://npm.acme.example/zod/-/zod-4.1.0.tgz'],
  ['https://ci:s3cret@npm.acme.example/zod.tgz?token=s3cret', 'download_url', 'https://npm.acme.example/zod.tgz'],
  ['git+https://bot:s3cret@git.example/zod.git#abc', 'vcs_url', 'git+https://git.example/zod.git#abc'],
])('A21 what comes from %s is named with its place, and without any credential', (resolved, kind, place) => {
  const [found] = read({ 'node_modules/zod': { version: '4.1.0', resolved } }) ?? []
  expect(found?.purl).toBe(`pkg:npm/zod@4.1.0?${kind}=${encodeURIComponent(place)}`)
})

test('a package of a file nobody else can fetch has no package URL', () => {
  const [found] = read({ 'node_modules/zod': { version: '4.1.0', resolved: 'file:../zod.tgz' } }) ?? []
  expect(found?.purl).toBeNull()
})

test('A15 what is no such lockfile, or could be read in two ways, is not guessed at', () => {
  const one = { 'node_modules/zod': { version: '4.1.0' } }
  expect(read(one)).toHaveLength(1)
  expect(read(one, { lockfileVersion: 1 })).toBeNull()
  expect(read(one, { lockfileVersion: 4 })).toBeNull()
  expect(read({ 'node_modules/zod': {} })).toBeNull()
  expect(read({ 'node_modules/a b': { version: '1' } })).toBeNull()
  expect(read({ 'node_modules/a/b': { version: '1' } })).toBeNull()
  expect(read({ 'node_modules/zod': { version: '1\u202e' } })).toBeNull()
  for (const text of ['', '[]', '{"lockfileVersion":3}', '{"lockfileVersion":3,"packages":{},"packages":{}}'])
    expect(readNpmLockfile(Buffer.from(text)), text).toBeNull()
})

test('A18 what a package says without end is not read, and what is cut keeps whole characters', () => {
  const one = (more: object) => read({ 'node_modules/zod': { version: '4.1.0', ...more } })
  expect(one({ integrity: 'sha1-AAAA '.repeat(41) })).toBeNull()
  expect(one({ resolved: `https://npm.acme.example/${'x'.repeat(2048)}` })).toBeNull()
  const [found] = one({ integrity: 'sha512-AAAA sha1-AAAA', license: `${'a'.repeat(299)}\u{1f600}` }) ?? []
  expect(found).toMatchObject({ hashes: [], license: `${'a'.repeat(299)}\ufffd` })
})

test('a real lockfile, that of Lockflight itself, is read to its last package', () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url))
  const { packages } = JSON.parse(text.toString()) as { packages: Record<string, { version: string; link?: boolean }> }
  const installed = Object.entries(packages).filter(([folder, { link }]) => folder.includes('node_modules/') && !link)
  const found = readNpmLockfile(text) ?? []
  expect(found).toHaveLength(installed.length)
  const names = ([folder, { version }]: (typeof installed)[number]) =>
    `${folder.split('node_modules/').pop()}@${version}`
  expect(new Set(found.map(({ name, version }) => `${name}@${version}`))).toEqual(new Set(installed.map(names)))
  for (const { name, purl, hashes } of found) {
    expect(purl, name).toMatch(/^pkg:npm\/[^?]+$/)
    expect(hashes, name).toMatchObject([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
  }
})
