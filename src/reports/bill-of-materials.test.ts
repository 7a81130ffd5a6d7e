import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import type { ReportReader } from '../core/report.ts'
import { cyclonedx } from './cyclonedx.ts'
import { spdx } from './spdx.ts'

const fixture = (name: string) => readFile(join(import.meta.dirname, 'fixtures', name))
const read = (reader: ReportReader, document: object) => reader.read(Buffer.from(JSON.stringify(document)))

function refusalOf(reader: ReportReader, document: object): string {
  try {
    read(reader, document)
  } catch (error) {
    expect(error).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
    return (error as Refusal).message
  }
  throw new Error('the report was accepted')
}

const parts = [
  { name: 'canonicalize', version: '2.1.0', purl: 'pkg:npm/canonicalize@2.1.0', licenses: ['Apache-2.0'] },
  { name: 'saxes', version: '6.0.0', purl: 'pkg:npm/saxes@6.0.0', licenses: ['ISC'] },
  { name: 'xmlchars', version: '2.2.0', purl: 'pkg:npm/xmlchars@2.2.0', licenses: ['MIT'] },
  { name: 'yaml', version: '2.8.1', purl: 'pkg:npm/yaml@2.8.1', licenses: ['ISC'] },
]

test.each([
  ['cyclonedx-npm-1.4.cyclonedx.json', cyclonedx],
  ['cyclonedx-npm-1.6.cyclonedx.json', cyclonedx],
  ['cyclonedx-npm-1.7.cyclonedx.json', cyclonedx],
  ['npm.cyclonedx.json', cyclonedx],
  ['npm.spdx.json', spdx],
])('%s is read: its parts, without the project itself', async (name, reader) => {
  expect(reader.read(await fixture(name))).toEqual({ components: parts })
})

const bom = (given: object) => ({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, ...given })
const part = (given: object = {}) => ({ type: 'library', name: 'saxes', version: '6.0.0', ...given })

test('parts of parts count, and licences come as ids, names and expressions', () => {
  const licenses = [{ license: { id: 'MIT' } }, { license: { name: 'Our own' } }]
  const inner = part({ name: 'inner', licenses: [{ expression: 'MIT OR Apache-2.0' }] })
  const { components } = read(cyclonedx, bom({ components: [part({ group: '@shop', licenses, components: [inner] })] }))
  expect(components).toMatchObject([
    { name: '@shop/saxes', licenses: ['MIT', 'Our own'] },
    { name: 'inner', licenses: ['MIT OR Apache-2.0'] },
  ])
})

const vulnerable = (given: object) =>
  bom({
    components: [part({ 'bom-ref': 'a', purl: 'pkg:npm/saxes@6.0.0' })],
    vulnerabilities: [{ id: 'CVE-2026-1', affects: [{ ref: 'a' }], ...given }],
  })

test('vulnerabilities are findings, as bad as their worst rating', () => {
  const ratings = [{ severity: 'low' }, { score: 9.8, method: 'CVSSv31' }, { severity: 'unknown' }]
  const { findings } = read(cyclonedx, vulnerable({ ratings, references: [{ id: 'GHSA-1' }], description: 'bad' }))
  expect(findings).toMatchObject([
    {
      rule: 'CVE-2026-1',
      aliases: ['GHSA-1'],
      severity: 'critical',
      where: 'pkg:npm/saxes@6.0.0',
      message: 'bad',
      suppressed: null,
    },
  ])
})

test('a vulnerability without an id goes by that of a reference', () => {
  expect(read(cyclonedx, vulnerable({ id: undefined, references: [{ id: 'GHSA-1' }] })).findings).toMatchObject([
    { rule: 'GHSA-1', aliases: [] },
  ])
})

test.each([
  ['not_affected', 'not_affected: code_not_reachable'],
  ['false_positive', 'false_positive: code_not_reachable'],
  ['resolved', 'resolved: code_not_reachable'],
  ['exploitable', null],
  ['in_triage', null],
])('a vulnerability whose analysis says %s is suppressed as %s', (state, suppressed) => {
  const analysis = { state, justification: 'code_not_reachable' }
  expect(read(cyclonedx, vulnerable({ analysis })).findings).toMatchObject([{ suppressed }])
})

test('a vulnerability is the same in the next version of what has it', () => {
  const of = (version: string) =>
    read(
      cyclonedx,
      bom({
        components: [part({ 'bom-ref': 'a', purl: `pkg:npm/%40shop/saxes@${version}` })],
        vulnerabilities: [{ id: 'CVE-2026-1', affects: [{ ref: 'a' }] }],
      }),
    ).findings![0]!.fingerprint
  expect(of('6.0.0')).toBe(of('6.0.1'))
})

test.each([
  ['another format', { bomFormat: 'SPDX', specVersion: '1.6' }, 'bomFormat'],
  ['an older version', bom({ specVersion: '1.3', components: [] }), 'specVersion'],
  ['a newer version', bom({ specVersion: '2.0', components: [] }), 'specVersion'],
  ['nothing in it', bom({}), 'components or vulnerabilities'],
  ['an unknown key', bom({ components: [], componentz: [] }), 'componentz'],
  ['a component without a name', bom({ components: [{ type: 'library' }] }), 'components.0.name'],
  ['a component without a type', bom({ components: [{ name: 'a' }] }), 'components.0.type'],
  ['an unknown type', bom({ components: [part({ type: 'thing' })] }), 'components.0.type'],
  ['an unknown key of a component', bom({ components: [part({ licence: 'MIT' })] }), 'licence'],
  [
    'a licence that says nothing',
    bom({ components: [part({ licenses: [{ license: {} }] })] }),
    'components.0.licenses.0',
  ],
  [
    'a licence with two names',
    bom({ components: [part({ licenses: [{ license: { id: 'MIT', name: 'X' } }] })] }),
    'licenses.0',
  ],
  ['a purl that is none', bom({ components: [part({ purl: 'npm:saxes' })] }), 'package URL'],
  [
    'the same reference twice',
    bom({ components: [part({ 'bom-ref': 'a' }), part({ 'bom-ref': 'a' })] }),
    'found a again',
  ],
  ['a serial number that is none', bom({ serialNumber: '1', components: [] }), 'serialNumber'],
  [
    'a vulnerability of nothing that is there',
    bom({ components: [], vulnerabilities: [{ id: 'C', affects: [{ ref: 'x' }] }] }),
    'found x',
  ],
  ['an unknown severity', vulnerable({ ratings: [{ severity: 'awful' }] }), 'severity'],
  ['an unknown state of analysis', vulnerable({ analysis: { state: 'fine' } }), 'state'],
  ['more components than are kept', bom({ components: Array.from({ length: 20_001 }, () => part()) }), 'at most 20000'],
])('a CycloneDX file with %s is refused with the place', (_, document, words) => {
  expect(refusalOf(cyclonedx, document)).toContain(words)
})

const document = (given: object) => ({
  spdxVersion: 'SPDX-2.3',
  dataLicense: 'CC0-1.0',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: 'shop',
  documentNamespace: 'https://shop.example/spdx/1',
  creationInfo: { created: '2026-11-23T10:00:00Z', creators: ['Tool: a'] },
  packages: [],
  ...given,
})
const packed = (id: string, given: object = {}) => ({
  SPDXID: `SPDXRef-${id}`,
  name: id,
  downloadLocation: 'NOASSERTION',
  ...given,
})

test('an SPDX package has the licence that was declared, else the one concluded, else none', () => {
  const packages = [
    packed('a', { licenseDeclared: 'MIT', licenseConcluded: 'Apache-2.0' }),
    packed('b', { licenseDeclared: 'NOASSERTION', licenseConcluded: 'ISC' }),
    packed('c', { licenseDeclared: 'NONE' }),
    packed('d'),
  ]
  const { components } = read(spdx, document({ packages }))
  expect(components!.map(({ licenses }) => licenses)).toEqual([['MIT'], ['ISC'], [], []])
})

test('an SPDX id may have what npm puts there', () => {
  const packages = [packed('Package-string_decoder-1.3.0'), packed('Package-a-1.0.0-beta+5')]
  expect(read(spdx, document({ packages })).components).toHaveLength(2)
})

test('what an SPDX document describes is not one of its parts, unless it describes everything', () => {
  const packages = [packed('shop'), packed('a')]
  const describes = (id: string) => ({
    spdxElementId: 'SPDXRef-DOCUMENT',
    relationshipType: 'DESCRIBES',
    relatedSpdxElement: `SPDXRef-${id}`,
  })
  const names = (given: object) => read(spdx, document({ packages, ...given })).components!.map(({ name }) => name)
  expect(names({ relationships: [describes('shop')] })).toEqual(['a'])
  expect(names({ documentDescribes: ['SPDXRef-shop'] })).toEqual(['a'])
  expect(names({ relationships: [describes('shop'), describes('a')] })).toEqual(['shop', 'a'])
})

test.each([
  ['another version', { spdxVersion: 'SPDX-3.0' }, 'spdxVersion'],
  ['another data licence', { dataLicense: 'MIT' }, 'dataLicense'],
  ['no namespace', { documentNamespace: undefined }, 'documentNamespace'],
  ['no creator', { creationInfo: { created: '2026-11-23T10:00:00Z', creators: [] } }, 'creationInfo.creators'],
  ['no packages', { packages: undefined }, 'packages'],
  ['a package without a place', { packages: [{ SPDXID: 'SPDXRef-a', name: 'a' }] }, 'packages.0.downloadLocation'],
  ['an id that is none', { packages: [{ ...packed('a'), SPDXID: 'a' }] }, 'packages.0.SPDXID'],
  ['the same id twice', { packages: [packed('a'), packed('a')] }, 'SPDXRef-a is there twice'],
])('an SPDX file with %s is refused with the place', (_, given, words) => {
  expect(refusalOf(spdx, document(given))).toContain(words)
})
