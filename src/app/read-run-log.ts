import type { Actor } from '../core/actor.ts'
import type { LogChunk } from '../core/log-text.ts'
import { Refusal } from '../core/refusal.ts'
import type { JobState } from '../core/run.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** What a caller asks of a text that may still be growing. */
export interface TextQuery {
  from: number
  limit: number
}

/** A part of a text; `next` is where to go on, `done` that nothing will follow. */
export interface TextPart {
  pieces: LogChunk[]
  next: number
  done: boolean
}

/** What an attempt of a job printed, the latest when none is named. */
export async function readRunLog(
  app: App,
  actor: Actor,
  {
    project,
    id,
    job: name,
    attempt,
    ...query
  }: { project: string; id: string; job: string; attempt?: number } & TextQuery,
): Promise<TextPart & { attempt: number }> {
  return readProject(app, actor, project, async (tx) => {
    const run = await tx.runs.get(project, id)
    const job = (await tx.runs.jobs(id)).find((one) => one.name === name)
    if (!job) throw new Refusal('not_found', `run ${run.number} has no job ${name}`)
    const wanted = attempt ?? job.attempt
    const pieces = await tx.logText.read(`run/${id}/${name}/${wanted}`, query)
    return { attempt: wanted, ...partOf(pieces, query, wanted < job.attempt || isOver(job.state)) }
  })
}

/** A part as read; it is the last when the text is complete and less came than was asked for. */
export function partOf(pieces: LogChunk[], { from, limit }: TextQuery, complete: boolean): TextPart {
  const last = pieces.at(-1)
  return { pieces, next: last ? last.sequence + 1 : from, done: complete && pieces.length < limit }
}

function isOver(state: JobState): boolean {
  return state !== 'pending' && state !== 'running'
}
