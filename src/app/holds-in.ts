import type { Span } from '../core/gate.ts'
import type { Transaction } from '../core/store.ts'

const mostEntries = 1000

/** When an environment was held, as the log tells; whether it is now, as its own row does, because the log follows a little later. */
export async function holdsIn(tx: Transaction, project: string, environment: string): Promise<Span[]> {
  const [environments, newest] = await Promise.all([
    tx.environments.list(project),
    tx.entries.list({
      project,
      environment,
      types: ['environment.held', 'environment.resumed'],
      from: 0,
      limit: mostEntries,
      descending: true,
    }),
  ])
  const holds: Span[] = []
  for (const { type, at } of newest.toReversed()) {
    const last = holds.at(-1)
    if (type === 'environment.held' && last?.until !== null) holds.push({ from: new Date(at), until: null })
    if (type === 'environment.resumed' && last?.until === null) last.until = new Date(at)
  }
  const hold = environments.find(({ name }) => name === environment)?.hold ?? null
  const last = holds.at(-1)
  if (hold && last?.until !== null) holds.push({ from: hold.at, until: null })
  if (!hold && last?.until === null) last.until = tx.now
  return holds
}
