import type { Actor } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Stores a value encrypted; from now on only jobs that ask for it by name see it. */
export async function setSecret(
  app: App,
  actor: Actor,
  { project, name, value }: { project: string; name: string; value: string },
): Promise<{ name: string; setAt: Date }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'secret.edit', { project, environment: null })
    await tx.secrets.set(project, name, app.secretBox.seal(value, `${project}/${name}`), tx.now)
    await tx.log({ type: 'secret.set', actor: actor.id, project, subject: name, data: {} })
    return { name, setAt: tx.now }
  })
}
