import type { Actor } from '../core/actor.ts'
import type { Token } from '../core/token.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Ends a token from the next request on; doing it again changes nothing. */
export async function revokeToken(app: App, actor: Actor, { id }: { id: string }): Promise<Token> {
  return app.store.transaction(async (tx) => {
    const token = await tx.tokens.get(id)
    const project = token.scope.project ?? null
    if (token.owner !== actor.id) await demand(app, tx, actor, 'token.edit', { project, environment: null })
    if (token.revokedAt !== null) return token
    await tx.tokens.revoke(id, tx.now)
    await tx.log({ type: 'token.revoked', actor: actor.id, project, subject: id, data: { owner: token.owner } })
    return { ...token, revokedAt: tx.now }
  })
}
