import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { LogKey } from './key.ts'
import { seenInMemory, type SeenHead } from './seen-head.ts'
import { sequence } from './sequence.ts'

/** What a sequencer is made of. */
export interface SequencerParts {
  pool: pg.Pool
  key: LogKey
  /** What is remembered of the log; what this process saw of it when absent. */
  seen?: SeenHead
  /** Gets what stops the log from growing, once, and null when it grows again. */
  report: (problem: Error | null) => void
}

/** Keeps giving committed entries their place in the log. Any number of servers may run one; each batch has one leader. */
export interface Sequencer {
  /** Says that entries were committed. Without it they are found within a second. */
  wake(): void
  /** Calls back when the log may have grown, here or elsewhere, until the returned function is called. */
  onGrowth(listener: () => void): () => void
  /** Why the log cannot grow; null while it can. */
  problem(): Error | null
  /** Ends after the batch at work. */
  stop(): Promise<void>
}

const batchLimit = 1000
const tickMilliseconds = 20
const idleMilliseconds = 1000

/** Starts one; it runs until it is stopped, whatever happens to the database. */
export function startSequencer({ pool, key, report, seen = seenInMemory() }: SequencerParts): Sequencer {
  const listeners = new Set<() => void>()
  let problem: Error | null = null
  let woken = Promise.withResolvers<void>()
  const stopping = new AbortController()
  const running = run()

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // What was committed before this line is seen by the batch; what comes later wakes it again.
      woken = Promise.withResolvers()
      const startedAt = performance.now()
      const next = await extend()
      if (next === 'at once') continue
      if (next === 'when woken') await sleep(idleMilliseconds)
      // Entries of one tick share a batch, its signature and its sync to disk.
      const left = tickMilliseconds - (performance.now() - startedAt)
      if (left > 0 && !stopping.signal.aborted) await pause(left)
    }
  }

  async function extend(): Promise<'at once' | 'next tick' | 'when woken'> {
    try {
      // Where the last checkpoint could not be remembered, no further one is signed.
      await seen.settle()
      const batch = await sequence(pool, key, { limit: batchLimit, seen: seen.newest() })
      if (batch.outcome === 'busy') {
        tell(null)
        // Whoever leads may not have seen what was committed here.
        return 'next tick'
      }
      if (batch.checkpoint?.size !== seen.newest()?.size) {
        seen.see(batch.checkpoint)
        for (const listener of listeners) listener()
        await seen.settle()
      }
      tell(null)
      return batch.outcome === 'extended' && batch.entries === batchLimit ? 'at once' : 'when woken'
    } catch (error) {
      tell(error instanceof Error ? error : new Error(String(error)))
      return 'when woken'
    }
  }

  async function sleep(milliseconds: number): Promise<void> {
    const alarm = setTimeout(woken.resolve, milliseconds)
    await woken.promise
    clearTimeout(alarm)
  }

  function tell(found: Error | null): void {
    if (found?.message === problem?.message) return
    problem = found
    report(found)
  }

  return {
    wake() {
      // While something is wrong, a busy server does not try more often than an idle one.
      if (!problem) woken.resolve()
    },
    onGrowth(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    problem: () => problem,
    async stop() {
      stopping.abort()
      woken.resolve()
      await running
    },
  }
}
