import { z } from 'zod'
import type { ActorId } from './actor.ts'
import type { AnyBundle } from './attestation.ts'
import { digest, type Digest } from './digest.ts'

const count = z.int().min(0)

/** How many tests ran and how they ended: `passed + failed + skipped = total`. */
export const testResults = z.strictObject({
  total: count,
  passed: count,
  failed: count,
  skipped: count,
  /** Of those that passed, how many did so only when they were tried again. */
  flaky: count,
  /** The first failures, at most 50. */
  failures: z.array(z.strictObject({ name: z.string(), message: z.string() })),
})
export type TestResults = z.output<typeof testResults>

/** How many there are, and how many of them a test reached. */
export const coverageCount = z
  .strictObject({ covered: count, total: count })
  .refine(({ covered, total }) => covered <= total, 'expected no more covered than there are')

/** What the tests reached: as a whole, and line by line so that the coverage of changed lines can be found. */
export const coverageResults = z.strictObject({
  lines: coverageCount,
  /** Null when the format or the tool does not count branches. */
  branches: coverageCount.nullable(),
  /** Line ranges as in `3-7,9`, ascending; a line in neither holds no code. Paths with `/`, relative to the repository. */
  files: z.array(z.strictObject({ path: z.string(), covered: z.string(), uncovered: z.string() })),
})
export type CoverageResults = z.output<typeof coverageResults>

/** How bad a finding is, worst first; `unknown` when the tool does not say. */
export const severities = ['critical', 'high', 'medium', 'low', 'info', 'unknown'] as const
export type Severity = (typeof severities)[number]

/** One problem that a scanner or a linter found. */
export const finding = z.strictObject({
  /** The rule or vulnerability: `CVE-2026-1`, `no-eval`. */
  rule: z.string(),
  /** Other names of the same thing; an accepted one accepts them all. */
  aliases: z.array(z.string()),
  severity: z.enum(severities),
  /** What it is in: a purl, or `src/a.ts:3`. */
  where: z.string(),
  message: z.string(),
  /** Equal for the same finding in two releases, whatever moved around it. */
  fingerprint: z.string(),
  /** Why the tool itself does not count it; null when it does. */
  suppressed: z.string().nullable(),
  /** The version that does not have it; null when none is known. */
  fixedIn: z.string().nullable(),
})
export type Finding = z.output<typeof finding>

/** One part the artifacts are made of. */
export const component = z.strictObject({
  name: z.string(),
  version: z.string(),
  purl: z.string().nullable(),
  /** SPDX licence expressions or names, as declared; empty when none is. */
  licenses: z.array(z.string()),
})
export type Component = z.output<typeof component>

/** What a report says, whatever its format; a report says one of these, or several. */
export const reportResults = z.strictObject({
  tests: testResults.optional(),
  coverage: coverageResults.optional(),
  findings: z.array(finding).optional(),
  components: z.array(component).optional(),
})
export type ReportResults = z.output<typeof reportResults>

/** A report about a release, normalized; the raw file is kept by digest. */
export const report = z.strictObject({
  format: z.string(),
  /** The job that made it; null when it was handed in, or is the bill of materials that Lockflight made. */
  job: z.string().nullable(),
  path: z.string(),
  digest,
  results: reportResults,
})
/** The same, its digest in its own type. */
export interface Report extends z.output<typeof report> {
  digest: Digest
}

/** A report with whether it is still what was signed when it came in. */
export interface StandingReport extends Report {
  /** Why nothing may be judged by it: its record is not what was signed. Null when it may; otherwise its results are empty. */
  disbelief: string | null
}

/** A report as it is kept beside the release it is about. */
export interface StoredReport extends Report {
  id: string
  project: string
  release: Digest
  /** The run whose job made it; null when no job has. */
  run: string | null
  /** Who handed it in; Lockflight itself for those of a job, and for the bill of materials it has made. */
  by: ActorId
  at: Date
  /** The attestation that was signed when it came in and binds all of this; see `receiptStatement`. */
  receipt: Digest
}

/** Reports of all releases; none is ever changed or removed. */
export interface Reports {
  add(report: StoredReport): Promise<void>
  /** Newest first, each with what was signed; a null bundle means that it is gone. `newest`: only those that no newer one of the same format, job and path has replaced. */
  of(project: string, release: Digest, which: 'newest' | 'all'): Promise<SignedReport[]>
  /** How much all of a release ever said, those that were replaced included, in bytes of JSON. */
  bytesOf(project: string, release: Digest): Promise<number>
}

/** A stored report beside what was signed when it came in. */
export interface SignedReport extends StoredReport {
  bundle: AnyBundle | null
}

/** The most that the current reports of a release, or those of one job, may say together, in bytes of JSON: gates look at all of it at once. */
export const mostResultsBytes = 64 * 1024 * 1024

/** The most that all reports of a release may ever have said: whoever lists them reads all of it. */
export const mostHistoryBytes = 2 * mostResultsBytes

/** How much these say together, in bytes of JSON. */
export function resultsBytes(reports: Pick<Report, 'results'>[]): number {
  return reports.reduce((sum, { results }) => sum + Buffer.byteLength(JSON.stringify(results)), 0)
}

/** Where a report was made. */
export interface ReportOrigin {
  /** The folder of the repository there, absolute: paths below it become relative, other absolute ones are refused. */
  root?: string | undefined
}

/** What stands at the top of a file: the root element, the members of the object, or the first line. */
export type ReportTop = { xml: string } | { json: Record<string, unknown> } | { text: string }

/** Reads one format. */
export interface ReportReader {
  /** Refuses with `unprocessable`, reason `report_invalid`, what is malformed, truncated, empty or contradicts itself, naming the place. */
  read(bytes: Uint8Array, origin?: ReportOrigin): ReportResults
  /** Whether a file calls itself one of this format; says nothing about whether it can be read. */
  recognizes(top: ReportTop): boolean
}
