import { installation } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { Discrepancy } from '../core/entry.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Compares everything that was recorded with what the log says of it; for those who may read all of the log. */
export async function listDiscrepancies(app: App, actor: Actor): Promise<{ items: Discrepancy[] }> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'log.read', installation)
    return { items: await tx.entries.discrepancies() }
  })
}
