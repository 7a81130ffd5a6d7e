import type { Attestation, Statement } from '../core/attestation.ts'
import { canonical } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import type { StoredReport } from '../core/report.ts'
import { billFormats, commonStatement, receiptStatement, type UnsignedReport } from '../core/report-statement.ts'
import { summaryOf } from '../core/report-summary.ts'
import type { Transaction } from '../core/store.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import type { App } from './app.ts'
import { signStatement } from './sign-statement.ts'

/** What would be larger, or could not be read again, is attested by the receipt alone. */
const largestStatementBytes = 2 * 1024 * 1024

/** A report with everything signed about it, ready to be stored. */
export interface AttestedReport {
  report: StoredReport
  attestations: Attestation[]
}

/** Signs what a report says about a release: its receipt, and the statement that others know for its kind. */
export async function attestReport(
  app: App,
  { artifacts }: Pick<Release, 'artifacts'>,
  report: UnsignedReport,
): Promise<AttestedReport> {
  const receipt = await attest(app, report, receiptStatement(artifacts, report))
  const common = commonStatement(artifacts, report, await billOf(app, report))
  return {
    report: { ...report, receipt: receipt.digest },
    attestations: [receipt, ...(common && canBeRead(common) ? [await attest(app, report, common)] : [])],
  }
}

/** A document may hold what no statement can: `1e17`, which is spelled as a whole number there, and no double holds all of those. */
function canBeRead(statement: Statement): boolean {
  try {
    parseStrictJson(canonical(statement), { maxBytes: largestStatementBytes })
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function attest(app: App, { release, at }: UnsignedReport, statement: Statement): Promise<Attestation> {
  return { release, ...(await signStatement(app, statement)), createdAt: at }
}

/** The document of a bill of materials; undefined for other formats, and for one that is too large. */
async function billOf(app: App, { format, digest }: UnsignedReport): Promise<Record<string, unknown> | undefined> {
  if (!billFormats.includes(format)) return undefined
  try {
    const bytes = await app.artifacts.read(digest, largestStatementBytes)
    return parseStrictJson(bytes) as Record<string, unknown>
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too_large') return undefined
    throw error
  }
}

/** Stores a report with what was signed about it, and writes it down. */
export async function recordReport(tx: Transaction, { report, attestations }: AttestedReport): Promise<void> {
  for (const attestation of attestations) await tx.attestations.add(report.project, attestation)
  await tx.reports.add(report)
  const { id, project, release, format, job, run, path, digest, results, by, receipt } = report
  await tx.log({
    type: 'evidence.added',
    actor: by,
    project,
    subject: release,
    data: { report: id, format, job, run, path, digest, receipt, summary: summaryOf(results) },
  })
}
