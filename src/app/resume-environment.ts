import type { Actor } from '../core/actor.ts'
import type { Environment } from '../core/environment.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { definitionOf } from './request-promotion.ts'
import { wakeWaiting } from './wake.ts'

/** Ends a hold and has everything that waits there looked at again. */
export async function resumeEnvironment(
  app: App,
  actor: Actor,
  { project, environment, reason }: { project: string; environment: string; reason: string },
): Promise<Environment> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'environment.hold', { project, environment })
    await definitionOf(tx, project, environment)
    const current = await tx.environments.lock(project, environment)
    if (current.hold === null) throw new Refusal('conflict', `${environment} is not held`)
    const resumed = { ...current, hold: null }
    await tx.environments.save(resumed)
    await tx.log({
      type: 'environment.resumed',
      actor: actor.id,
      project,
      environment,
      subject: environment,
      data: { reason, heldBy: current.hold.by, heldFor: current.hold.reason },
    })
    await wakeWaiting(tx, project, environment)
    return resumed
  })
}
