import type { Actor, ActorId } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** The groups of a project and who is in them; they may be made before its first configuration, which names them. */
export async function listGroups(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ items: { name: string; members: ActorId[] }[] }> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    return { items: await tx.members.groups(project) }
  })
}
