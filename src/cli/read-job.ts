import type { Context } from './context.ts'
import { createLines, type Line } from './lines.ts'

/** A line, and which attempt of which job printed it. */
export interface JobLine extends Line {
  job: string
  attempt: number
}

/** Something to tell of a job, and when it came; within a job never before what came earlier, however clocks differ. */
export interface JobNews {
  when: number
  tell: () => void
}

/** What one job prints, read bit by bit and each attempt to its end before the next. */
export interface JobReading {
  /** What came since the last time, given how many attempts the job has had. */
  news(attempts: number): Promise<JobNews[]>
  /** True when a job that has had so many attempts has more to tell. */
  isBehind(attempts: number): boolean
  /** True when the last time brought as much as fits, so that there may be more at once. */
  readonly isFull: boolean
}

interface Reading {
  project: string
  id: string
  job: string
  first: number
  last: number
  write: (line: JobLine) => void
}

const limit = 1000

/** Begins to read a job of a run from one of its attempts to another, which may be yet to come. */
export function readJob(context: Context, { project, id, job, first, last, write }: Reading): JobReading {
  let attempt = first
  let from = 0
  let isDone = false
  let isFull = false
  let latest = 0
  let lines = linesOf(first)

  function linesOf(of: number) {
    return createLines((line) => write({ job, attempt: of, ...line }))
  }

  const isBehind = (attempts: number) => (isDone ? attempt < Math.min(attempts, last) : attempt <= attempts)

  return {
    isBehind,
    get isFull() {
      return isFull
    },
    async news(attempts) {
      isFull = false
      if (!isBehind(attempts)) return []
      if (isDone) {
        attempt += 1
        from = 0
        lines = linesOf(attempt)
      }
      const query = { project, id, job, attempt, from, limit }
      const { pieces, next, done } = await context.ask((client) => client.readRunLog(query))
      from = next
      isDone = done
      isFull = pieces.length === limit
      const told = lines
      const news = pieces.map(({ at, text }) => {
        latest = Math.max(latest, at.getTime())
        return { when: latest, tell: () => told.add(text, at) }
      })
      return done ? [...news, { when: latest, tell: () => told.end() }] : news
    },
  }
}
