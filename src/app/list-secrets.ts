import type { Actor } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** The names of a project’s secrets, which may be set before its first configuration. */
export async function listSecrets(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ items: { name: string; setAt: Date }[] }> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'secret.edit', { project, environment: null })
    return { items: await tx.secrets.list(project) }
  })
}
