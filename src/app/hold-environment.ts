import type { Actor } from '../core/actor.ts'
import type { Environment } from '../core/environment.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { definitionOf } from './request-promotion.ts'

/** Stops automation in an environment: nothing starts there but rollbacks until someone resumes it. A running deployment goes on. */
export async function holdEnvironment(
  app: App,
  actor: Actor,
  { project, environment, reason }: { project: string; environment: string; reason: string },
): Promise<Environment> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'environment.hold', { project, environment })
    await definitionOf(tx, project, environment)
    const current = await tx.environments.lock(project, environment)
    const held = { ...current, hold: { by: actor.id, reason, at: tx.now } }
    await tx.environments.save(held)
    await tx.log({
      type: 'environment.held',
      actor: actor.id,
      project,
      environment,
      subject: environment,
      data: { reason },
    })
    return held
  })
}
