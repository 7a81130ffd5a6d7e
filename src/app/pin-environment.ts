import type { Actor } from '../core/actor.ts'
import { fitted } from '../core/fitted.ts'
import type { Pin } from '../core/pin.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import type { Steering } from './hold-environment.ts'
import { definitionOf } from './request-promotion.ts'
import { wakeWaiting } from './wake.ts'

/** A pin as people see it. */
export type PinInSight = Pin & { version: string }

/** Lets an environment stay on a release, the live one when none is named, until someone unpins it; only a rollback brings another one. */
export async function pinEnvironment(
  app: App,
  actor: Actor,
  { release: name, ...steering }: Steering & { release?: string },
): Promise<PinInSight> {
  const { project, environment, reason } = steering
  return app.store.transaction(async (tx) => {
    await lockPlace(app, tx, actor, steering)
    const digest = name === undefined ? await liveRelease(tx, steering) : (await tx.releases.find(project, name)).digest
    const { version } = await tx.releases.get(project, digest)
    const pin: Pin = { project, environment, release: digest, by: actor.id, reason, at: tx.now }
    await tx.pins.set(pin)
    const data = fitted({ release: digest, version, reason })
    await tx.log({ type: 'environment.pinned', actor: actor.id, project, environment, subject: environment, data })
    await wakeWaiting(tx, project, environment)
    return { ...pin, version }
  })
}

/** Ends a pin and has everything that waits there looked at again. */
export async function unpinEnvironment(
  app: App,
  actor: Actor,
  steering: Steering,
): Promise<{ project: string; environment: string }> {
  const { project, environment, reason } = steering
  return app.store.transaction(async (tx) => {
    await lockPlace(app, tx, actor, steering)
    const pin = await tx.pins.find(project, environment)
    if (!pin) throw new Refusal('conflict', `${environment} is not pinned`)
    await tx.pins.remove(project, environment)
    const data = fitted({ release: pin.release, reason, pinnedBy: pin.by, pinnedFor: pin.reason })
    await tx.log({ type: 'environment.unpinned', actor: actor.id, project, environment, subject: environment, data })
    await wakeWaiting(tx, project, environment)
    return { project, environment }
  })
}

/** The lock that a start takes, so that of a pin and a start at the same moment one sees the other. */
async function lockPlace(app: App, tx: Transaction, actor: Actor, { project, environment }: Steering): Promise<void> {
  await demand(app, tx, actor, 'environment.hold', { project, environment })
  await definitionOf(tx, project, environment)
  await tx.environments.lock(project, environment)
}

async function liveRelease(tx: Transaction, { project, environment }: Steering): Promise<Pin['release']> {
  const live = await tx.deployments.live(project, environment)
  if (live) return live.release
  throw new Refusal('conflict', `nothing runs in ${environment} yet; name the release: --release …`)
}
