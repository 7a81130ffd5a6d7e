import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { after } from '../core/duration.ts'
import type { Records, Subject } from '../core/gate.ts'
import type { StandingReport } from '../core/report.ts'
import { defineGate } from './define-gate.ts'
import { runLink } from './links.ts'
import { coverageSettings, judgeCoverage, seeCoverage, seenCoverage } from './quality/coverage.ts'
import { findingSettings, judgeFindings, seeFindings, seenFindings } from './quality/findings.ts'
import { judgeLicenses, licenseSettings, seeComponents, seenComponents } from './quality/licenses.ts'
import { seeChange, seenChange } from './quality/new-lines.ts'
import type { PartVerdict } from './quality/part-verdict.ts'
import { judgeTests, seenTests, seeTests, testSettings } from './quality/tests.ts'

const recheckSeconds = 300

const names = z.array(z.string().min(1)).min(1).optional()

const config = z.strictObject({
  formats: names.describe(
    'Only reports of these formats, by their `use`, and at least one of each; of all when absent',
  ),
  jobs: names.describe('Only reports of these jobs, and at least one of each; of all when absent'),
  tests: testSettings.optional().describe('Judged as well when nothing else is asked for'),
  coverage: coverageSettings.optional(),
  findings: findingSettings.optional(),
  licenses: licenseSettings.optional(),
})
type Config = z.output<typeof config>

const origin = { format: z.string(), job: z.string().nullable(), path: z.string(), digest }

const seenReport = z.strictObject({
  ...origin,
  disbelief: z.string().nullable(),
  tests: seenTests.optional(),
  coverage: seenCoverage.optional(),
  findings: seenFindings.optional(),
  components: seenComponents.optional(),
})

/** As much of a report of the running release as is compared. */
const earlierReport = z.strictObject({
  ...origin,
  disbelief: z.string().nullable(),
  tests: z.strictObject({ total: z.int().min(0), skipped: z.int().min(0) }).optional(),
  coverage: seenCoverage.pick({ lines: true, branches: true }).optional(),
  findings: z.boolean(),
})

const evidence = z.strictObject({
  reports: z.array(seenReport),
  /** What runs there now; null when nothing does. */
  running: z.strictObject({ release: digest, version: z.string(), reports: z.array(earlierReport) }).nullable(),
  change: seenChange,
})
type Evidence = z.output<typeof evidence>

/** The release's reports must show good enough tests, coverage, findings and licences, also beside the release that runs there now; what is not reported never passes. */
export const quality = defineGate({
  config,
  evidence,
  reads: 'records',
  maxAgeSeconds: 0,

  comparesSource: ({ coverage }) => coverage?.['new-lines'] !== undefined,

  /** Sees everything there is, whatever the settings, so that others can be tried on it later. */
  async observe(_, { release, environment }, { records }) {
    const live = await records.liveIn(environment)
    const running = live ? await records.release(live.release) : null
    const earlier = running ? await records.reports(running.digest) : []
    const change = running ? await changeFrom(running, release, records) : null
    const known = { byAll: fingerprintsIn(earlier), byJobs: fingerprintsIn(earlier.filter(({ job }) => job !== null)) }
    const reports = await records.reports(release.digest)
    return {
      reports: reports.map(({ results: { tests, coverage, findings, components }, ...report }) => ({
        ...originOf(report),
        ...(tests && { tests: seeTests(tests) }),
        ...(coverage && { coverage: seeCoverage(coverage, change) }),
        // What a job finds is not made old by what somebody handed in.
        ...(findings && { findings: seeFindings(findings, report.job === null ? known.byAll : known.byJobs) }),
        ...(components && { components: seeComponents(components) }),
      })),
      running: running && { release: running.digest, version: running.version, reports: earlier.map(seeEarlier) },
      change: running && seeChange(change),
    }
  },

  judge(settings, seen, subject) {
    const reports = chosen(seen.reports, settings)
    const doubtful = reports.find(({ disbelief }) => disbelief !== null)
    const parts = judgeParts(settings, { ...seen, reports }, subject)
    const all = (of: 'failed' | 'unknown' | 'notes') => parts.flatMap((part) => part[of])
    const expected = parts.map((part) => part.expected).join('; ')
    const observed = parts.map((part) => part.observed).join('; ')
    const said = { expected, observed, links: linksTo(subject) }
    if (doubtful) {
      const reason = `the report ${doubtful.path} may not be believed: ${doubtful.disbelief}`
      return {
        outcome: 'error',
        reason,
        ...said,
        unblock: 'whoever runs this Lockflight, who finds out who changed it',
      }
    }
    const problems = [...all('failed'), ...all('unknown'), ...missingIn(seen.reports, settings)]
    if (problems.length === 0) {
      return { outcome: 'pass', reason: [observed, ...all('notes')].join('; '), ...said }
    }
    return {
      outcome: all('failed').length > 0 ? 'fail' : 'inconclusive',
      reason: problems.join('; '),
      ...said,
      unblock: unblockOf(all('failed').length > 0, reports.length, subject),
      recheckAt: recheckAt(settings, seen, subject),
    }
  },
})

async function changeFrom(running: Subject['release'], release: Subject['release'], records: Records) {
  if (running.source.commit === release.source.commit) return { files: [] }
  return records.sourceChange(running.source.commit, release.source.commit)
}

function fingerprintsIn(reports: StandingReport[]): Set<string> {
  return new Set(reports.flatMap(({ results }) => (results.findings ?? []).map((each) => each.fingerprint)))
}

function originOf({ format, job, path, digest: bytes, disbelief }: Omit<StandingReport, 'results'>) {
  return { format, job, path, digest: bytes, disbelief }
}

function seeEarlier({ results: { tests, coverage, findings }, ...report }: StandingReport) {
  return {
    ...originOf(report),
    ...(tests && { tests: { total: tests.total, skipped: tests.skipped } }),
    ...(coverage && { coverage: { lines: coverage.lines, branches: coverage.branches } }),
    findings: findings !== undefined,
  }
}

/** The same report twice counts once. */
function chosen<Report extends Named>(reports: Report[], settings: Config): Report[] {
  return [...new Map(wanted(reports, settings).map((each) => [each.digest, each])).values()]
}

/** Of what the policy names and nothing was reported about nobody knows whether it is good. */
function missingIn(reports: Named[], settings: Config): string[] {
  const { formats = [], jobs = [] } = settings
  const there = wanted(reports, settings)
  return [
    ...formats.filter((name) => there.every(({ format }) => format !== name)).map((name) => `in the format ${name}`),
    ...jobs.filter((name) => there.every(({ job }) => job !== name)).map((name) => `of the job ${name}`),
  ].map((which) => `there is no report ${which}`)
}

type Named = z.output<typeof earlierReport> | z.output<typeof seenReport>

function wanted<Report extends Named>(reports: Report[], { formats, jobs }: Config): Report[] {
  return reports.filter(
    ({ format, job }) => (!formats || formats.includes(format)) && (!jobs || (job !== null && jobs.includes(job))),
  )
}

function judgeParts(settings: Config, { reports, running, change }: Evidence, { at }: Subject): PartVerdict[] {
  const { coverage, findings, licenses } = settings
  const tests = settings.tests ?? (coverage || findings || licenses ? undefined : testSettings.parse({}))
  const earlier = running && chosen(running.reports, settings).filter(({ disbelief }) => disbelief === null)
  const of = <Part>(pick: (report: Evidence['reports'][number]) => Part | undefined) =>
    reports.flatMap((report) => pick(report) ?? [])
  const before = {
    tests: earlier && earlier.flatMap((report) => report.tests ?? []),
    coverage: earlier && earlier.flatMap((report) => report.coverage ?? []),
    findings: earlier && earlier.filter((report) => report.findings).length,
  }
  return [
    ...(tests
      ? [
          judgeTests(
            tests,
            of((report) => report.tests),
            before.tests,
          ),
        ]
      : []),
    ...(coverage
      ? [
          judgeCoverage(
            coverage,
            of((report) => report.coverage),
            { before: before.coverage, change },
          ),
        ]
      : []),
    ...(findings
      ? [
          judgeFindings(
            findings,
            of((report) => report.findings),
            { before: before.findings, at },
          ),
        ]
      : []),
    ...(licenses
      ? [
          judgeLicenses(
            licenses,
            of((report) => report.components),
            at,
          ),
        ]
      : []),
  ]
}

/** Git is asked again; everything else changes by an act only. */
function recheckAt({ coverage }: Config, { change }: Evidence, { at }: Subject): string | null {
  const isOpen = coverage?.['new-lines'] !== undefined && change !== null && 'problem' in change
  return isOpen ? after(at, recheckSeconds).toISOString() : null
}

function unblockOf(failed: boolean, reports: number, { release }: Subject): string {
  if (failed) return 'a release without this: mend it, then lockflight run'
  const add = `lockflight evidence add ${release.version} FILE`
  return reports === 0 ? `a release whose pipeline declares reports, or ${add}` : `the missing report: ${add}`
}

function linksTo({ project, release }: Subject) {
  return release.run === null ? [] : [runLink(project, release.run)]
}
