import { installation, type Grant } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { EntryQuery, LoggedEntry } from '../core/entry.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Which entries to list; `newestFirst` gives the newest ones, and no way to the older. */
export interface ListEntriesInput extends Omit<EntryQuery, 'descending'> {
  newestFirst: boolean
}

/** A part of the log; `next` is the index behind the newest that was looked at, `done` that nothing more is there now. */
export interface EntriesPart {
  items: LoggedEntry[]
  next: number
  done: boolean
}

/** Entries of the log, without those of projects the caller may not read the log of. */
export async function listEntries(
  app: App,
  actor: Actor,
  { newestFirst, ...query }: ListEntriesInput,
): Promise<EntriesPart> {
  return app.store.read(async (tx) => {
    const grants = await tx.members.grantsOf(actor.id)
    const { project, environment = null } = query
    if (project !== undefined) await demand(app, tx, actor, 'log.read', { project, environment })
    else if (!mayReadAny(app, actor, grants)) await demand(app, tx, actor, 'log.read', installation)
    if (project !== undefined && environment !== null) await tx.environments.get(project, environment)
    const found = await tx.entries.list({ ...query, descending: newestFirst })
    const newest = newestFirst ? found[0] : found.at(-1)
    return {
      items: readable(app, actor, found, grants),
      next: newest ? newest.index + 1 : query.from,
      done: newestFirst || found.length < query.limit,
    }
  })
}

function mayReadAny(app: App, actor: Actor, grants: Grant[]): boolean {
  return grants.some((grant) => app.access.allows(actor, 'log.read', grant, grants))
}

function readable(app: App, actor: Actor, entries: LoggedEntry[], grants: Grant[]): LoggedEntry[] {
  const answers = new Map<string, boolean>()
  return entries.filter(({ project, environment }) => {
    const place = `${project ?? ''}/${environment ?? ''}`
    const answer = answers.get(place) ?? app.access.allows(actor, 'log.read', { project, environment }, grants)
    answers.set(place, answer)
    return answer
  })
}
