import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import type { ReportReader } from '../core/report.ts'
import { grype } from './grype.ts'
import { osvScanner } from './osv-scanner.ts'
import { trivy } from './trivy.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name))
const summary = (reader: ReportReader, name: string) =>
  reader
    .read(fixture(name))
    .findings!.map(({ rule, severity, where, suppressed, fixedIn }) => [rule, severity, where, suppressed, fixedIn])

function refusalOf(reader: ReportReader, document: object): string {
  try {
    reader.read(Buffer.from(JSON.stringify(document)))
  } catch (error) {
    expect(error).toMatchObject({ code: 'unprocessable', reason: 'report_invalid' })
    return (error as Refusal).message
  }
  throw new Error('the report was accepted')
}

test('an OSV-Scanner report is one finding for each group, as bad as its score or else its word', () => {
  expect(summary(osvScanner, 'osv-scanner.json')).toEqual([
    ['GHSA-c3h9-896r-86jm', 'high', 'pkg:golang/github.com/gogo/protobuf@1.3.1', null, '1.3.2'],
    ['GO-2021-0113', 'unknown', 'pkg:golang/golang.org/x/text@0.3.5', 'its code is not called', null],
    ['GHSA-aaaa-bbbb-cccc', 'medium', 'pkg:npm/%40shop/old@1.0.0', null, null],
    ['GHSA-dddd-eeee-ffff', 'critical', 'pkg:npm/%40shop/old@1.0.0', 'withdrawn', null],
  ])
  const [first] = osvScanner.read(fixture('osv-scanner.json')).findings!
  expect(first!.aliases).toEqual(['GO-2021-0053', 'CVE-2021-3121'])
})

test('a Trivy report is vulnerabilities, misconfigurations, secrets and licences, without what a secret is', () => {
  expect(summary(trivy, 'trivy.json')).toEqual([
    ['CVE-2023-45853', 'critical', 'pkg:deb/debian/zlib1g@1.2.13-r1?arch=amd64&distro=debian-12.8', null, null],
    ['CVE-2011-3374', 'low', 'debian:apt@2.6.1', 'vulnerable_code_not_in_execute_path', null],
    ['CVE-2024-21538', 'high', 'pkg:npm/cross-spawn@7.0.3', null, '7.0.5, 6.0.6'],
    ['DS002', 'high', 'Dockerfile:3', null, null],
    ['aws-access-key-id', 'critical', 'app/settings.py:7', null, null],
    ['licence GPL-3.0', 'high', 'vendor/COPYING', null, null],
  ])
  expect(JSON.stringify(trivy.read(fixture('trivy.json')))).not.toContain('KEY =')
})

test('a Grype report is its matches, and those its rules ignored', () => {
  expect(summary(grype, 'grype.json')).toEqual([
    ['GHSA-3xgq-45jj-v275', 'high', 'pkg:npm/cross-spawn@7.0.3', null, '7.0.5'],
    ['CVE-2005-2541', 'info', 'deb:tar@1.34+dfsg-1.2', null, null],
    ['CVE-2019-1010022', 'critical', 'pkg:deb/debian/libc6@2.36-9', 'disputed by the vendor', null],
  ])
})

test('a scan that found nothing is no finding', () => {
  expect(osvScanner.read(Buffer.from('{"results":[]}'))).toEqual({ findings: [] })
  expect(trivy.read(Buffer.from('{"SchemaVersion":2,"ArtifactName":"a"}'))).toEqual({ findings: [] })
  const none = { matches: [], descriptor: { name: 'grype', version: '1' } }
  expect(grype.read(Buffer.from(JSON.stringify(none)))).toEqual({ findings: [] })
})

const osv = (given: object) => ({
  results: [
    { source: { path: 'a' }, packages: [{ package: { name: 'a', version: '1', ecosystem: 'npm' }, ...given }] },
  ],
})
const inTrivy = (given: object) => ({ SchemaVersion: 2, ArtifactName: 'a', Results: [{ Target: 'a', ...given }] })

test.each<[string, ReportReader, object, string]>([
  ['no results', osvScanner, {}, 'results'],
  ['a vulnerability in no group', osvScanner, osv({ vulnerabilities: [{ id: 'A' }], groups: [] }), 'A is in no group'],
  [
    'a group of what is not there',
    osvScanner,
    osv({ vulnerabilities: [], groups: [{ ids: ['B'] }] }),
    'B, which is not there',
  ],
  ['a vulnerability without an id', osvScanner, osv({ vulnerabilities: [{}] }), 'vulnerabilities.0.id'],
  ['another schema version', trivy, { SchemaVersion: 1, ArtifactName: 'a' }, 'SchemaVersion'],
  [
    'fewer misconfigurations than it says',
    trivy,
    inTrivy({ MisconfSummary: { Failures: 2 } }),
    'declares 2 misconfigurations',
  ],
  [
    'a vulnerability without a severity',
    trivy,
    inTrivy({ Vulnerabilities: [{ VulnerabilityID: 'C', PkgName: 'a' }] }),
    'Severity',
  ],
  [
    'a modified finding of an unknown type',
    trivy,
    inTrivy({ ExperimentalModifiedFindings: [{ Type: 'x', Status: 'ignored', Finding: {} }] }),
    'found x',
  ],
  [
    'a modified finding of nothing',
    trivy,
    inTrivy({ ExperimentalModifiedFindings: [{ Type: 'secret', Status: 'ignored', Finding: {} }] }),
    'modified finding',
  ],
  ['another tool', grype, { matches: [], descriptor: { name: 'syft', version: '1' } }, 'descriptor.name'],
  ['no matches', grype, { descriptor: { name: 'grype', version: '1' } }, 'matches'],
])('a scan with %s is refused with the place', (_, reader, document, words) => {
  expect(refusalOf(reader, document)).toContain(words)
})
