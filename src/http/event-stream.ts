import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../app/app.ts'
import { listEntries } from '../app/list-entries.ts'
import { cloudEventOf } from '../core/cloud-event.ts'
import type { EntryQuery } from '../core/entry.ts'
import { authenticate } from './authenticate.ts'
import type { PublicLog } from './surroundings.ts'

/** What one stream tells, and to whom. */
export interface Telling {
  app: App
  log: PublicLog
  source: string
  /** The token is looked at again before every read, so that a stream does not outlive it (A06). */
  secret: string
  what: Pick<EntryQuery, 'project' | 'environment' | 'types'>
  from: number
}

/** The longest silence; also the longest a stream outlives the rights of its reader. */
const beatMilliseconds = 5000
/** However fast the log grows, one stream reads it at most so often. */
const restMilliseconds = 50
const batch = 500

/** Writes entries as they come until the signal aborts; throws what ends it otherwise. */
export async function streamEvents(telling: Telling, out: ServerResponse, signal: AbortSignal): Promise<void> {
  const { app, source, secret, what } = telling
  const growth = watchGrowth(telling.log, signal)
  let { from } = telling
  // A reader who loses the connection before the first event comes back to this place.
  out.write(`id: ${from - 1}\n\n`)
  while (!signal.aborted) {
    growth.forget()
    const { actor } = await authenticate(app.store, secret, null)
    const part = await listEntries(app, actor, { ...what, from, limit: batch, newestFirst: false })
    const text = part.items
      .map(
        (entry) => `id: ${entry.index}\nevent: ${entry.type}\ndata: ${JSON.stringify(cloudEventOf(entry, source))}\n\n`,
      )
      .join('')
    if (!out.write(text === '' ? ': still here\n\n' : text)) await once(out, 'drain', { signal })
    from = part.next
    await pause(restMilliseconds, undefined, { signal })
    if (part.done) await growth.next()
  }
}

function watchGrowth(log: PublicLog, signal: AbortSignal) {
  let grew = false
  let wake = () => {}
  const stop = log.onGrowth(() => {
    grew = true
    wake()
  })
  signal.addEventListener('abort', () => {
    stop()
    wake()
  })
  return {
    forget() {
      grew = false
    },
    /** At the next growth, also one since `forget`; at the latest after a beat. */
    next: () =>
      new Promise<void>((resolve) => {
        if (grew || signal.aborted) return resolve()
        const timer = setTimeout(resolve, beatMilliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
