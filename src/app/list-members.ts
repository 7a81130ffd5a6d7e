import { installation, type Grant, type Member } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Everyone known here, with their grants. */
export async function listMembers(app: App, actor: Actor): Promise<{ items: (Member & { grants: Grant[] })[] }> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'member.edit', installation)
    const grants = Map.groupBy(await tx.members.grants(null), (grant) => grant.actor)
    const members = await tx.members.list()
    return { items: members.map((member) => ({ ...member, grants: grants.get(member.id) ?? [] })) }
  })
}
