import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { createLines, type Lines } from './lines.ts'

type Run = Answer<'getRun'>
type Piece = Answer<'readRunLog'>['pieces'][number]

interface Following {
  project: string
  id: string
  /** Only this job; all when absent. */
  job?: string
  /** Gets whole lines, each with its job in front. */
  write: (line: string) => void
}

/** Where reading the text of one job stands. */
interface Reading {
  attempt: number
  next: number
  done: boolean
  lines: Lines
}

const pauseMilliseconds = 150

/** Shows what the jobs of a run print, in the order it happened, and what keeps the run from ending, until the run has ended and everything was shown. */
export async function followRun(context: Context, { project, id, job, write }: Following): Promise<Run> {
  const readings = new Map<string, Reading>()
  let said = ''
  for (;;) {
    const run = await context.ask((client) => client.getRun({ project, id }))
    const ended = run.finishedAt !== null
    if (!ended && run.reason !== said) context.say(run.reason)
    said = run.reason
    const shown = run.jobs.filter(({ name, attempt }) => (job === undefined || name === job) && attempt > 0)
    const width = Math.max(0, ...shown.map(({ name }) => name.length))
    const pieces: { at: Date; text: string; lines: Lines }[] = []
    for (const { name, attempt } of shown) {
      const prefix = context.look.paint('cyan', `${name.padEnd(width)} │ `)
      const known = readings.get(name)
      const reading =
        known?.attempt === attempt ? known : { attempt, next: 0, done: false, lines: createLines(prefix, write) }
      readings.set(name, reading)
      for (const { at, text } of await readOn(context, { project, id, job: name, reading })) {
        pieces.push({ at, text, lines: reading.lines })
      }
    }
    for (const { text, lines } of pieces.toSorted((a, b) => a.at.getTime() - b.at.getTime())) lines.add(text)
    if (ended && [...readings.values()].every(({ done }) => done)) {
      for (const { lines } of readings.values()) lines.end()
      return run
    }
    await pause(pauseMilliseconds)
  }
}

async function readOn(
  context: Context,
  { reading, ...where }: { project: string; id: string; job: string; reading: Reading },
): Promise<Piece[]> {
  if (reading.done) return []
  const { pieces, next, done } = await context.ask((client) =>
    client.readRunLog({ ...where, from: reading.next, limit: 1000 }),
  )
  reading.next = next
  reading.done = done
  return pieces
}
