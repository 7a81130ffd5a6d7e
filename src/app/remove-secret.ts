import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Removes a secret; refuses with `not_found` when there is none of that name. */
export async function removeSecret(
  app: App,
  actor: Actor,
  { project, name }: { project: string; name: string },
): Promise<{ name: string }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'secret.edit', { project, environment: null })
    if (!(await tx.secrets.remove(project, name))) {
      throw new Refusal('not_found', `project ${project} has no secret ${name}`)
    }
    await tx.log({ type: 'secret.removed', actor: actor.id, project, subject: name, data: {} })
    return { name }
  })
}
