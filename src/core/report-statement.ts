import type { Statement } from './attestation.ts'
import { canonical, digestOfJson, type Digest } from './digest.ts'
import type { Artifact } from './release.ts'
import type { Finding, StoredReport, TestResults } from './report.ts'
import { summaryOf } from './report-summary.ts'
import type { BundleVerifier } from './verify-bundle.ts'
import type { AnyBundle, TrustedKey } from './attestation.ts'

/** What every report gets: that this installation read that file as these results, about this release. Ours. */
export const receiptType = 'https://lockflight.dev/report/v1'
const testResultType = 'https://in-toto.io/attestation/test-result/v0.1'
const vulnerabilitiesType = 'https://in-toto.io/attestation/vulns/v0.2'
const billTypes: Record<string, string> = {
  cyclonedx: 'https://cyclonedx.org/bom',
  spdx: 'https://spdx.dev/Document/v2.3',
}

/** Statements about a release that say nothing of how it was made: none of them signs an artifact. */
export const evidenceTypes: readonly string[] = [
  receiptType,
  testResultType,
  vulnerabilitiesType,
  ...Object.values(billTypes),
]

/** Formats of which others want the whole document, as it was, in a statement of its own. */
export const billFormats: readonly string[] = Object.keys(billTypes)

/** Where findings are vulnerabilities, and who looked for them. */
const scanners: Record<string, string> = {
  'osv-scanner': 'https://github.com/google/osv-scanner',
  trivy: 'https://github.com/aquasecurity/trivy',
  grype: 'https://github.com/anchore/grype',
}

/** Artifacts that a statement is about. */
type Subjects = Pick<Artifact, 'name' | 'digest'>[]

/** A report whose receipt is not signed yet. */
export type UnsignedReport = Omit<StoredReport, 'receipt'>

/** What is signed when a report comes in. It says everything that is stored of it, the results by their digest, so that nothing of it can be changed without being noticed. */
export function receiptStatement(artifacts: Subjects, report: UnsignedReport): Statement {
  const { id, project, release, run, format, job, path, digest, results, by, at } = report
  return statementOf(artifacts, receiptType, {
    id,
    project,
    release,
    format,
    job,
    run,
    path,
    report: digest,
    results: digestOfJson(results),
    summary: summaryOf(results),
    by,
    at: at.toISOString(),
  })
}

/** Why a stored report is not what was signed when it came in; null when it is. */
export function receiptProblem(
  artifacts: Subjects,
  { report, bundle }: { report: StoredReport; bundle: AnyBundle | null },
  { keys, verify }: { keys: TrustedKey[]; verify: BundleVerifier },
): string | null {
  if (!bundle) return 'its receipt is gone'
  if (digestOfJson(bundle) !== report.receipt) return 'its receipt is another one'
  const verified = verify(bundle, keys, report.at)
  if (!verified.verified) return `its receipt is not believed: ${verified.message}`
  const same = canonical(verified.statement) === canonical(receiptStatement(artifacts, report))
  return same ? null : 'it is not what its receipt says'
}

/** The same in the words that others know (in-toto's and those of the bill's own format); undefined where there are none. `document` is the bill itself. */
export function commonStatement(
  artifacts: Subjects,
  report: UnsignedReport,
  document: Record<string, unknown> | undefined,
): Statement | undefined {
  const { format, results } = report
  const bill = billTypes[format]
  if (bill !== undefined) return document && statementOf(artifacts, bill, document)
  if (results.tests) return statementOf(artifacts, testResultType, testResult(report, results.tests))
  const scanner = scanners[format]
  if (scanner === undefined || !results.findings) return undefined
  return statementOf(artifacts, vulnerabilitiesType, vulnerabilities(report, scanner, results.findings))
}

/** No test at all is no success. */
function testResult({ path, digest }: UnsignedReport, { total, failed, flaky, failures }: TestResults) {
  const passed = flaky > 0 || total === 0 ? 'WARNED' : 'PASSED'
  return {
    result: failed > 0 ? 'FAILED' : passed,
    configuration: [{ name: path, digest: { sha256: hexOf(digest) } }],
    failedTests: failures.map(({ name }) => name),
  }
}

/** The times are those when the report came in: when the scan was is not said in every format. */
function vulnerabilities({ at }: UnsignedReport, uri: string, findings: Finding[]) {
  const time = at.toISOString()
  return {
    scanner: {
      uri,
      result: findings.map(({ rule, severity, where, suppressed }) => ({
        id: rule,
        severity: [{ method: 'scanner', score: severity }],
        annotations: [{ where, ...(suppressed !== null && { suppressed }) }],
      })),
    },
    metadata: { scanStartedOn: time, scanFinishedOn: time },
  }
}

function statementOf(artifacts: Subjects, predicateType: string, predicate: Record<string, unknown>): Statement {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: artifacts.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } })),
    predicateType,
    predicate,
  }
}

function hexOf(name: Digest): string {
  return name.slice('sha256:'.length)
}
