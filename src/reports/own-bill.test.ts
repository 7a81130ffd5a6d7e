import { expect, test } from 'vitest'
import { cyclonedx } from './cyclonedx.ts'
import { billOfMaterials, type BillInput } from '../core/bill-of-materials.ts'
import { digestOf } from '../core/digest.ts'
import type { LockedPackage } from '../core/locked-package.ts'

const zod: LockedPackage = {
  name: 'zod',
  version: '4.1.0',
  purl: 'pkg:npm/zod@4.1.0',
  license: 'MIT',
  hashes: [{ alg: 'SHA-512', content: 'ab'.repeat(64) }],
  isForDevelopment: false,
}
const scoped = {
  ...zod,
  name: '@b/c',
  purl: 'pkg:npm/%40b/c@4.1.0',
  license: 'SEE LICENSE IN X',
  isForDevelopment: true,
}

const input: BillInput = {
  release: {
    project: 'shop',
    version: '12-3f9c2ab',
    digest: digestOf('release'),
    artifacts: [{ name: 'app.tar', digest: digestOf('app'), sizeBytes: 3 }],
    source: { repository: 'https://git.example/shop.git', commit: 'c'.repeat(40), branch: 'main' },
  },
  lockfiles: [
    {
      path: 'package-lock.json',
      digest: digestOf('lock'),
      packages: [scoped, zod, { ...zod, isForDevelopment: true }],
    },
  ],
  builder: { id: 'https://lockflight.example/builder', version: '0.1.0' },
  at: new Date('2026-11-23T10:05:00Z'),
}

const read = (given: Partial<BillInput> = {}) =>
  cyclonedx.read(Buffer.from(JSON.stringify(billOfMaterials({ ...input, ...given })))).components

test('the bill names the artifacts and lockfiles by digest, and each package that is pinned once', () => {
  const file = (name: string, text: string) => ({
    type: 'file',
    name,
    hashes: [{ alg: 'SHA-256', content: digestOf(text).slice(7) }],
  })
  const { type: _, name: __, ...lock } = file('', 'lock')
  expect(billOfMaterials(input)).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: {
      timestamp: '2026-11-23T10:05:00.000Z',
      tools: { components: [{ name: 'lockflight', version: '0.1.0' }] },
      component: {
        'bom-ref': input.release.digest,
        name: 'shop',
        components: [file('app.tar', 'app')],
        externalReferences: [
          { type: 'vcs', url: `git+https://git.example/shop.git@${'c'.repeat(40)}` },
          { type: 'build-meta', url: `git+https://git.example/shop.git@${'c'.repeat(40)}#package-lock.json`, ...lock },
        ],
      },
      properties: [{ name: 'lockflight:builder', value: 'https://lockflight.example/builder' }],
    },
    components: [
      {
        group: '@b',
        name: 'c',
        licenses: [{ license: { name: 'SEE LICENSE IN X' } }],
        properties: [{ name: 'cdx:npm:package:development', value: 'true' }],
      },
      { name: 'zod', licenses: [{ expression: 'MIT' }], hashes: zod.hashes },
    ],
    compositions: [{ aggregate: 'unknown', assemblies: [input.release.digest] }],
  })
  expect(read()?.map(({ name }) => name)).toEqual(['@b/c', 'zod'])
})

test('what is needed at run time anywhere is not called needed for development', () => {
  const { components } = billOfMaterials(input) as { components: { name: string; properties?: unknown }[] }
  expect(components.find(({ name }) => name === 'zod')).not.toHaveProperty('properties')
})

test('the same inputs give the same document, whatever the order of the packages, and others another serial number', () => {
  const [lockfile] = input.lockfiles
  const turned = { ...input, lockfiles: [{ ...lockfile!, packages: lockfile!.packages!.toReversed() }] }
  expect(billOfMaterials(turned)).toEqual(billOfMaterials(input))
  const later = billOfMaterials({ ...input, at: new Date('2026-11-23T10:05:01Z') })
  expect(later['serialNumber']).not.toBe(billOfMaterials(input)['serialNumber'])
  expect(later['serialNumber']).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})

test('a lockfile that is not read stands in the list as a file without licence, and the list is called incomplete', () => {
  const lockfiles = [...input.lockfiles, { path: 'tools/Cargo.lock', digest: digestOf('cargo'), packages: null }]
  const document = billOfMaterials({ ...input, lockfiles })
  expect(document).toMatchObject({ compositions: [{ aggregate: 'incomplete' }] })
  expect(read({ lockfiles })?.[0]).toEqual({ name: 'tools/Cargo.lock', version: '', purl: null, licenses: [] })
})

test('more packages than a reader takes are not listed in part', () => {
  const packages = Array.from({ length: 20_000 }, (_, index) => ({ ...zod, version: `1.0.${index}` }))
  const lockfiles = [{ ...input.lockfiles[0]!, packages }]
  expect(read({ lockfiles })?.map(({ name }) => name)).toEqual(['package-lock.json'])
})

test('A18 packages that say more than a reader takes are not listed in part either', () => {
  const purl = `${zod.purl}?download_url=${'x'.repeat(9000)}`
  const packages = Array.from({ length: 4000 }, (_, index) => ({ ...zod, version: `1.0.${index}`, purl }))
  const lockfiles = [{ ...input.lockfiles[0]!, packages }]
  expect(read({ lockfiles })?.map(({ name }) => name)).toEqual(['package-lock.json'])
})

test('without any lockfile nothing is listed', () => {
  expect(read({ lockfiles: [] })).toEqual([])
})
