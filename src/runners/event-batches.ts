import type { JobEvent } from '../core/runner.ts'

const longestWaitMilliseconds = 50
const fullCharacters = 64 * 1024

/** Hands events on in order, one batch at a time. */
export interface EventBatches {
  /** Resolves at once, or when the batch is full after it was recorded: who waits for it never runs ahead of the store. */
  add(events: JobEvent[]): Promise<void>
  /** Resolves when everything was recorded. */
  flush(): Promise<void>
}

/** Batches of at most 50 ms or 64 Ki characters. After `record` has failed, every call fails with its error; `failed` hears of it at once. */
export function createEventBatches(record: (events: JobEvent[]) => Promise<void>, failed: () => void): EventBatches {
  let waiting: JobEvent[] = []
  let characters = 0
  let timer: NodeJS.Timeout | undefined
  let recorded = Promise.resolve()

  const send = async () => {
    const batch = waiting
    waiting = []
    characters = 0
    if (batch.length > 0) await record(batch)
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    recorded = recorded.then(send)
    recorded.catch(failed)
    return recorded
  }

  return {
    async add(events) {
      waiting.push(...events)
      characters += events.reduce((sum, event) => sum + (event.kind === 'output' ? event.text.length : 0), 0)
      if (characters >= fullCharacters) await flush()
      else if (waiting.length > 0) timer ??= setTimeout(() => void flush(), longestWaitMilliseconds)
    },
    flush,
  }
}
