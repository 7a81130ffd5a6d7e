import { installation } from '../core/access.ts'
import type { Actor, ActorId } from '../core/actor.ts'
import type { Token } from '../core/token.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** The caller’s tokens; those of others need the permission. Their texts are not known to anyone. */
export async function listTokens(
  app: App,
  actor: Actor,
  { owner = actor.id, all }: { owner?: ActorId; all: boolean },
): Promise<{ items: Token[] }> {
  return app.store.read(async (tx) => {
    if (all || owner !== actor.id) await demand(app, tx, actor, 'token.edit', installation)
    return { items: await tx.tokens.list(all ? null : owner) }
  })
}
