import { setTimeout as pause } from 'node:timers/promises'
import type { SignedCheckpoint } from '../core/checkpoint.ts'
import type { CheckpointSink, LogHistory, SinkState } from '../core/checkpoint-sink.ts'
import { Refusal } from '../core/refusal.ts'

/** What brings checkpoints to some places. */
export interface DeliveringParts {
  /** They all get the same checkpoint, and the next one when each has had its try. */
  sinks: CheckpointSink[]
  log: LogHistory
  /** How long checkpoints are gathered; of those that came meanwhile only the newest goes out. */
  gatherMilliseconds: number
  /** How long to wait after a first failure; twice as long after each further one, up to a minute. */
  retryMilliseconds?: number
  /** Called when a checkpoint has arrived somewhere. */
  delivered?: () => void
  /** Gets the trouble with a place once, and null when it is over. */
  report: (name: string, trouble: Error | null) => void
}

/** Checkpoints on their way, at least once each place its newest, until it is stopped. */
export interface Delivering {
  /** Says that there may be a newer checkpoint. */
  wake(): void
  states(): SinkState[]
  /** Ends soon; what is on its way then may arrive or not, and is brought again at the next start. */
  stop(): Promise<void>
}

const outageMilliseconds = 1000
const lastRetryMilliseconds = 60_000
const stopPatienceMilliseconds = 2000

/** Starts bringing the newest checkpoint to each place whenever there is one; nothing here can hold up the log. */
export function startDelivering(parts: DeliveringParts): Delivering {
  const { sinks, log, gatherMilliseconds, retryMilliseconds = 1000, delivered, report } = parts
  const places = sinks.map((sink) => ({ sink, state: freshState(sink.name), has: '', nextTryAt: 0 }))
  type Place = (typeof places)[number]
  let woken = Promise.withResolvers<void>()
  const stopping = new AbortController()
  const running = sinks.length === 0 ? Promise.resolve() : run()

  async function run(): Promise<void> {
    while (await sleep(gatherMilliseconds)) {
      // What was signed before this line is seen below; what comes later wakes the next round.
      woken = Promise.withResolvers()
      const newest = await log.newest().catch(() => undefined)
      if (newest) await Promise.all(places.map((place) => bring(place, newest)))
      // Without an answer the database is away, which the log itself says.
      const wait = newest === undefined ? outageMilliseconds : untilRetry(places)
      const alarm = setTimeout(woken.resolve, wait)
      await woken.promise
      clearTimeout(alarm)
    }
  }

  async function bring(place: Place, checkpoint: SignedCheckpoint): Promise<void> {
    const { note } = checkpoint
    const wanted = place.sink.ignoresCosignatures ? note.slice(0, note.indexOf('\n\n')) : note
    if (place.has === wanted || performance.now() < place.nextTryAt) return
    try {
      await place.sink.deliver(checkpoint, log)
    } catch (error) {
      return fail(place, error instanceof Error ? error : new Error(String(error)))
    }
    if (place.state.trouble !== null) report(place.sink.name, null)
    place.has = wanted
    place.state = { ...freshState(place.sink.name), size: checkpoint.size, deliveredAt: new Date() }
    delivered?.()
  }

  function fail(place: Place, error: Error): void {
    if (stopping.signal.aborted) return
    if (place.state.trouble !== error.message) report(place.sink.name, error)
    const failures = place.state.failures + 1
    const forked = error instanceof Refusal && error.reason === 'log_forked'
    place.state = { ...place.state, trouble: error.message, forked, failures }
    place.nextTryAt = performance.now() + Math.min(retryMilliseconds * 2 ** (failures - 1), lastRetryMilliseconds)
  }

  /** False as soon as there is nothing more to wait for. */
  async function sleep(milliseconds: number): Promise<boolean> {
    const { signal } = stopping
    await pause(milliseconds, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }

  return {
    wake: () => woken.resolve(),
    states: () => places.map(({ state }) => state),
    async stop() {
      stopping.abort()
      woken.resolve()
      await Promise.race([running, pause(stopPatienceMilliseconds, undefined, { ref: false })])
    },
  }
}

function untilRetry(places: { state: SinkState; nextTryAt: number }[]): number {
  const next = places.filter(({ state }) => state.trouble !== null).map(({ nextTryAt }) => nextTryAt)
  return next.length === 0 ? lastRetryMilliseconds : Math.max(0, Math.min(...next) - performance.now())
}

function freshState(name: string): SinkState {
  return { name, size: null, deliveredAt: null, trouble: null, forked: false, failures: 0 }
}
