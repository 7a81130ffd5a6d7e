import type { Answer } from '../answer.ts'
import { ago, short, span, type Look } from '../look.ts'
import { table } from '../table.ts'

type Run = Answer<'getRun'>
type Job = Run['jobs'][number]

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

/** How a run ended, in one line, with the reason or the release that came out. */
export function runResultText(
  { number, state, reason }: Answer<'getRun'>,
  version: string | null,
  { paint }: Look,
): string {
  if (state !== 'succeeded') return `${paint('red', `✗ run #${number} ${state}`)}: ${reason}`
  const succeeded = paint('green', `✓ run #${number} succeeded`)
  if (version === null) return `${succeeded}; it has no package job, so there is no release`
  return `${succeeded}: release ${paint('bold', version)} (lockflight release show ${version})`
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
    run.reason,
  ])
  return table(rows)
}

/** A run with its jobs and their steps. */
export function runText(run: Run, look: Look): string {
  const { paint, now } = look
  const head = `${signOf(run.state, look)} run ${paint('bold', `#${run.number}`)} ${run.state}${run.reason ? `: ${run.reason}` : ''}`
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
