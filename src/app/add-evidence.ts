import type { Actor } from '../core/actor.ts'
import { ownBillPath } from '../core/bill-of-materials.ts'
import { digestOf } from '../core/digest.ts'
import { bytesOf } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { mostHistoryBytes, mostResultsBytes, resultsBytes, type Report } from '../core/report.ts'
import { meantInstead } from '../core/problem-text.ts'
import { topOf, unreadable } from '../core/report-top.ts'
import type { App } from './app.ts'
import { attestReport, recordReport, type AttestedReport } from './attest-reports.ts'
import { demand } from './demand.ts'
import { evidenceOf, type Evidence } from './list-evidence.ts'
import { currentReports, type ReportInSight } from './standing-reports.ts'
import { wakePromotionsOf } from './wake.ts'

const mostReports = 1000

/** A report file as it was handed in. */
export interface EvidenceFile {
  path: string
  /** One of the report formats; recognized from the content when absent. */
  format?: string
  /** The bytes in base64. */
  content: string
}

/** What someone hands in about a release. */
export interface AddEvidenceInput {
  project: string
  release: string
  files: EvidenceFile[]
  /** Where the repository lay when the reports were made. */
  root?: string
}

/** Reads reports about a release, all of them or none, keeps the files, signs what they say and wakes what waits for it. The same file again changes nothing. */
export async function addEvidence(
  app: App,
  actor: Actor,
  { project, release: name, files, root }: AddEvidenceInput,
): Promise<{ items: Evidence[] }> {
  const place = { project, environment: null }
  const { release, before, earlierBytes, at } = await app.store.read(async (tx) => {
    await demand(app, tx, actor, 'evidence.add', place)
    const found = await tx.releases.find(project, name)
    const said = await tx.reports.bytesOf(project, found.digest)
    return { release: found, before: await currentReports(tx, found), earlierBytes: said, at: tx.now }
  })
  const read = files.map((file) => ({ ...file, ...readFile(app, file, root) }))
  refuseOurs(files)
  refuseTwice(read)
  refuseTooMuch(release.version, [...before.filter((each) => !read.some((file) => replaces(file, each))), ...read])
  const news = read.map((file) => {
    const digest = digestOf(file.bytes)
    const same = before.find((each) => replaces(file, each) && each.digest === digest && each.disbelief === null)
    return { ...file, digest, same }
  })
  const unchanged = news.flatMap(({ same }) => same ?? [])
  const changed = news.filter(({ same }) => !same)
  if (changed.length > 0) refuseEndless(release.version, earlierBytes + resultsBytes(changed))
  const added: AttestedReport[] = []
  for (const { path, format, bytes, digest, results } of changed) {
    await app.artifacts.putBytes(bytes)
    const about = { project, release: release.digest, run: null, job: null, by: actor.id, at }
    added.push(await attestReport(app, release, { id: app.newId(), ...about, format, path, digest, results }))
  }
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'evidence.add', place)
    for (const report of added) await recordReport(tx, report)
    if (added.length > 0) await wakePromotionsOf(tx, release)
    const fresh = added.map(({ report }) => ({ ...report, disbelief: null, current: true }))
    return { items: [...fresh, ...unchanged].map(evidenceOf) }
  })
}

/** Gates would have to look at all of it, for each promotion again. */
function refuseTooMuch(version: string, reports: Pick<Report, 'results'>[]): void {
  const size = resultsBytes(reports)
  if (reports.length <= mostReports && size <= mostResultsBytes) return
  const most = `at most ${mostReports} reports that say ${mostResultsBytes} bytes`
  throw new Refusal(
    'unprocessable',
    `expected ${most} about release ${version}; found ${reports.length} that say ${size}`,
    {
      reason: 'too_many_reports',
    },
  )
}

/** What takes the place of a report does not remove it. */
function refuseEndless(version: string, size: number): void {
  if (size <= mostHistoryBytes) return
  const most = `all reports about release ${version}, replaced ones too, to say at most ${mostHistoryBytes} bytes`
  throw new Refusal('unprocessable', `expected ${most}; found ${size}`, { reason: 'too_many_reports' })
}

/** It would take the place of what Lockflight has made itself. */
function refuseOurs(files: EvidenceFile[]): void {
  if (files.every(({ path }) => path !== ownBillPath)) return
  throw new Refusal('invalid', `${ownBillPath}: only Lockflight calls a file so; give yours another name`)
}

/** Which of the two would be the newer one? */
function refuseTwice(files: { path: string; format: string }[]): void {
  const twice = files.find(
    (file, index) => files.findIndex((other) => other.path === file.path && other.format === file.format) < index,
  )
  if (twice) throw new Refusal('invalid', `${twice.path}: expected each file once, found it twice`)
}

function readFile({ reports }: App, file: EvidenceFile, root: string | undefined) {
  const bytes = bytesOf(file.content)
  if (!bytes) throw new Refusal('invalid', `${file.path}: expected the bytes in base64, found something else`)
  try {
    const format = file.format ?? recognize(reports, bytes)
    const reader = Object.hasOwn(reports, format) ? reports[format] : undefined
    if (!reader) throw unknownFormat(reports, `found ${format}${meantInstead(format, Object.keys(reports))}`)
    return { format, bytes, results: reader.read(bytes, { root }) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, `${file.path}: ${error.message}`, { reason: error.reason, cause: error })
  }
}

/** The one format that the file says it is of. */
function recognize(reports: App['reports'], bytes: Uint8Array): string {
  const top = topOf(bytes)
  const formats = Object.entries(reports).flatMap(([format, reader]) => (top && reader.recognizes(top) ? [format] : []))
  const [format, another] = formats
  if (format === undefined) throw unrecognized(reports, bytes)
  if (another === undefined) return format
  throw unknownFormat(reports, `found ${formats.join(' and ')} in one file`)
}

function unrecognized(reports: App['reports'], bytes: Uint8Array): Refusal {
  const why = unreadable(bytes)
  if (why === undefined) return unknownFormat(reports, 'recognized none of them')
  return new Refusal('unprocessable', `expected a report; ${why}`, { reason: 'report_format' })
}

function unknownFormat(reports: App['reports'], found: string): Refusal {
  const known = Object.keys(reports).join(', ')
  return new Refusal('unprocessable', `expected a report in one of the formats ${known}; ${found}; name it with --as`, {
    reason: 'report_format',
  })
}

/** What is handed in is of no job, and never takes the place of a job's report. */
function replaces(file: { path: string; format: string }, { path, format, job }: ReportInSight): boolean {
  return job === null && path === file.path && format === file.format
}
