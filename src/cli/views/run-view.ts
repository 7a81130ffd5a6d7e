import type { Answer } from '../answer.ts'
import { ago, short, span, type Look } from '../look.ts'
import { table } from '../table.ts'

type Run = Answer<'getRun'>
type Job = Run['jobs'][number]

/** Of a list, in characters; the run itself has all of it. */
const longestReason = 160

const signs = {
  queued: ['dim', '·'],
  pending: ['dim', '·'],
  running: ['cyan', '◐'],
  succeeded: ['green', '✓'],
  failed: ['red', '✗'],
  skipped: ['dim', '-'],
  cancelled: ['yellow', '■'],
} as const

function signOf(state: keyof typeof signs, { paint }: Look): string {
  const [colour, sign] = signs[state]
  return paint(colour, sign)
}

/** How a run ended, with the release that came out or why there is none; jobs that failed have a line each when there are several. */
export function runResultText(run: Run, version: string | null, { paint }: Look): string {
  const { number, state, jobs } = run
  if (state !== 'succeeded') {
    const head = `${paint('red', `✗ run #${number} ${state}`)}: ${whyEnded(run)}`
    const failed = failedJobs(run)
    return failed.length < 2 ? head : [head, ...failed.map(({ name, reason }) => `  ${name}: ${reason}`)].join('\n')
  }
  const succeeded = paint('green', `✓ run #${number} succeeded`)
  if (version === null) return `${succeeded}; ${whyNoRelease(jobs)}, so there is no release`
  return `${succeeded}: release ${paint('bold', version)} (lockflight release show ${version})`
}

function failedJobs({ jobs }: Run): Job[] {
  return jobs.filter(({ state }) => state === 'failed')
}

/** In one line: the reason of a run whose jobs failed has those of all of them. */
function whyEnded(run: Run): string {
  const failed = failedJobs(run)
  return run.state === 'failed' && failed.length > 1 ? `${failed.length} jobs failed` : run.reason
}

function whyNoRelease(jobs: Job[]): string {
  const packages = jobs.filter(({ stage }) => stage === 'package')
  if (packages.length === 0) return 'it has no package job'
  const skipped = packages.filter(({ state }) => state === 'skipped')
  if (skipped.length < packages.length) return 'no package job made an artifact'
  const [first, ...others] = skipped.map(({ name, reason }) => `${name} (${reason})`)
  return others.length === 0
    ? `its package job was skipped: ${first}`
    : `its package jobs were skipped: ${[first, ...others].join(', ')}`
}

/** Runs as a list, newest first. */
export function runsText({ items }: Answer<'listRuns'>, look: Look): string {
  const { paint, now } = look
  if (items.length === 0) return 'no runs yet; start one with: lockflight run'
  const rows = items.map((run) => [
    signOf(run.state, look),
    paint('bold', `#${run.number}`),
    run.state,
    short(run.source.commit),
    run.source.branch ?? '',
    run.release ? `→ ${short(run.release)}` : '',
    paint('dim', `${ago(run.createdAt, now)} ago by ${run.requestedBy}`),
    run.reason.length > longestReason ? `${run.reason.slice(0, longestReason)} …` : run.reason,
  ])
  return table(rows)
}

/** A run with its jobs and their steps. */
export function runText(run: Run, look: Look): string {
  const { paint, now } = look
  const why = whyEnded(run)
  const head = `${signOf(run.state, look)} run ${paint('bold', `#${run.number}`)} ${run.state}${why ? `: ${why}` : ''}`
  const about = `${run.source.repository} ${short(run.source.commit)}${run.source.branch ? ` (${run.source.branch})` : ''}`
  return [
    head,
    paint('dim', `${about}, asked for ${ago(run.createdAt, now)} ago by ${run.requestedBy}, id ${run.id}`),
    ...run.jobs.flatMap((job) => ['', ...jobLines(job, look)]),
    ...(run.release ? ['', `release ${short(run.release)}`] : []),
  ].join('\n')
}

function jobLines(job: Job, look: Look): string[] {
  const { paint, now } = look
  const took = job.startedAt ? paint('dim', span((job.finishedAt ?? now).getTime() - job.startedAt.getTime())) : ''
  const again = job.attempt > 1 ? ` (attempt ${job.attempt})` : ''
  const steps = job.steps.map(({ name, exitCode, startedAt, finishedAt }) => {
    const sign =
      exitCode === null ? paint('cyan', '◐') : exitCode === 0 ? paint('green', '✓') : paint('red', `✗ ${exitCode}`)
    const seconds = finishedAt ? ((finishedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1) : ''
    return [`   ${sign}`, paint('dim', seconds && `${seconds} s`), name]
  })
  const outcome = job.reason ? `: ${job.reason}` : ''
  const head = `${signOf(job.state, look)} ${paint('bold', job.name)} ${job.state}${again}${outcome} ${took}`.trimEnd()
  return [
    head,
    ...(steps.length > 0 ? [table(steps, look.columns)] : []),
    ...job.artifacts.map(({ name, digest }) => `   → ${name} ${short(digest)}`),
  ]
}
