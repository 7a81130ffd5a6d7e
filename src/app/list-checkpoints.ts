import { installation } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { SignedCheckpoint } from '../core/checkpoint.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** The signed checkpoints above a size, the smallest first; whoever verifies the log narrows down with them where it was changed. */
export async function listCheckpoints(
  app: App,
  actor: Actor,
  { above, limit }: { above: number; limit: number },
): Promise<{ items: SignedCheckpoint[]; done: boolean }> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'log.read', installation)
    const items = await tx.entries.checkpoints(above, limit)
    return { items, done: items.length < limit }
  })
}
