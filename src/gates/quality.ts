import { z } from 'zod'
import { digest } from '../core/digest.ts'
import type { Subject } from '../core/gate.ts'
import { oneLine } from '../core/one-line.ts'
import type { Report, TestResults } from '../core/report.ts'
import { defineGate } from './define-gate.ts'
import { runLink } from './links.ts'

const config = z.strictObject({
  formats: z.array(z.string().min(1)).min(1).default(['junit']).describe('Which reports to judge, by their `use`'),
  jobs: z.array(z.string().min(1)).min(1).optional().describe('Only reports of these jobs; of all when absent'),
  tests: z
    .strictObject({
      'at-least': z.int().min(1).default(1).describe('How many tests must have run; skipped ones did not'),
      'failed-at-most': z.int().min(0).default(0).describe('How many of them may have failed'),
    })
    .prefault({}),
})

const count = z.int().min(0)
const report = z
  .strictObject({
    job: z.string().nullable(),
    path: z.string(),
    format: z.string(),
    digest,
    total: count,
    passed: count,
    failed: count,
    skipped: count,
    flaky: count,
    failures: z.array(z.strictObject({ name: z.string(), message: z.string() })),
  })
  .refine(({ total, passed, failed, skipped }) => passed + failed + skipped === total, 'expected counts that add up')

const keptFailures = 20

/** The reports of the release's own run must show enough tests and few enough failures; no report is never a pass. */
export const quality = defineGate({
  config,
  evidence: z.strictObject({ reports: z.array(report) }),
  reads: 'records',
  maxAgeSeconds: 0,

  async observe({ formats, jobs }, { release }, { records }) {
    const reports = await records.reports(release.digest)
    return {
      reports: reports
        .filter(({ format, job }) => formats.includes(format) && (!jobs || (job !== null && jobs.includes(job))))
        .flatMap((each) => (each.results.tests ? [evidenceOf(each, each.results.tests)] : [])),
    }
  },

  judge({ formats, tests }, { reports }, subject) {
    const atLeast = tests['at-least']
    const atMost = tests['failed-at-most']
    const expected = `at least ${atLeast} tests, at most ${atMost} failed`
    const links = linksTo(subject)
    const different = [...new Map(reports.map((each) => [each.digest, each])).values()]
    if (different.length === 0) {
      return {
        outcome: 'inconclusive',
        reason: `the run of ${subject.release.version} left no ${formats.join(' or ')} report`,
        expected,
        observed: 'no report',
        unblock: 'a release whose pipeline declares reports',
        links,
      }
    }
    const sum = (of: 'total' | 'failed' | 'skipped') => different.reduce((total, each) => total + each[of], 0)
    const [ran, failed] = [sum('total') - sum('skipped'), sum('failed')]
    const problems = [
      ...(failed > atMost ? [`${failed} of ${ran} tests failed${failuresIn(different, failed)}`] : []),
      ...(ran < atLeast ? [`${ran} tests ran, at least ${atLeast} must`] : []),
    ]
    const observed = `${ran} ran, ${failed} failed, ${sum('skipped')} skipped`
    if (problems.length === 0) return { outcome: 'pass', reason: observed, expected, observed, links }
    const unblock = 'a release whose tests pass: fix them, then lockflight run'
    return { outcome: 'fail', reason: problems.join('; '), expected, observed, unblock, links }
  },
})

function evidenceOf({ job, path, format, digest: bytes }: Report, tests: TestResults): z.input<typeof report> {
  return {
    job,
    path,
    format,
    digest: bytes,
    ...tests,
    failures: tests.failures
      .slice(0, keptFailures)
      .map(({ name, message }) => ({ name: oneLine(name, 300), message: oneLine(message, 300) })),
  }
}

function failuresIn(reports: z.infer<typeof report>[], failed: number): string {
  const shown = reports.flatMap(({ failures }) => failures).slice(0, keptFailures)
  const rest = failed - shown.length
  const names = shown.map(({ name, message }) => (message === '' ? name : `${name} (${message})`))
  return names.length > 0 ? `: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}` : ''
}

function linksTo({ project, release }: Subject) {
  return release.run === null ? [] : [runLink(project, release.run)]
}
