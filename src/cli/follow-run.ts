import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { readJob, type JobLine, type JobReading } from './read-job.ts'

type Run = Answer<'getRun'>

interface Following {
  project: string
  id: string
  /** Only this job; all when absent. */
  job?: string
  /** Of each job every attempt there was and will be, or those from the latest one on, or only this one of the jobs that have had it. */
  attempts: 'all' | 'latest' | number
  /** Gets each line, with a label that tells people whose it is. */
  write: (line: JobLine, label: string) => void
}

const pauseMilliseconds = 150

/** Shows what the jobs of a run print, in the order it happened and each attempt to its end before the next, and says what keeps the run from ending; until the run has ended, or the one attempt, and everything was shown. */
export async function followRun(context: Context, following: Following): Promise<Run> {
  const { project, id, attempts } = following
  let readings: Map<string, JobReading> | undefined
  let said = ''
  for (;;) {
    const run = await context.ask((client) => client.getRun({ project, id }))
    const ended = run.finishedAt !== null
    if (!ended && run.reason !== said) context.say(run.reason)
    said = run.reason
    readings ??= readingsOf(context, run, following)
    const attemptsOf = new Map(run.jobs.map(({ name, attempt }) => [name, attempt]))
    const news = []
    for (const [name, reading] of readings) news.push(...(await reading.news(attemptsOf.get(name) ?? 0)))
    for (const { tell } of news.toSorted((a, b) => a.when - b.when)) tell()
    const isBehind = [...readings].some(([name, reading]) => reading.isBehind(attemptsOf.get(name) ?? 0))
    if (!isBehind && (ended || typeof attempts === 'number')) return run
    if (![...readings.values()].some(({ isFull }) => isFull)) await pause(pauseMilliseconds)
  }
}

function readingsOf(
  context: Context,
  { jobs }: Run,
  { project, id, job: only, attempts, write }: Following,
): Map<string, JobReading> {
  const one = typeof attempts === 'number' ? attempts : null
  const shown = jobs.filter(({ name, attempt }) => (only === undefined || name === only) && (!one || attempt >= one))
  const width = Math.max(0, ...shown.map(({ name }) => name.length))
  return new Map(
    shown.map(({ name, attempt }) => {
      const label = context.look.paint('cyan', `${name.padEnd(width)} │ `)
      const first = one ?? (attempts === 'latest' ? Math.max(attempt, 1) : 1)
      const last = one ?? Infinity
      return [name, readJob(context, { project, id, job: name, first, last, write: (line) => write(line, label) })]
    }),
  )
}
