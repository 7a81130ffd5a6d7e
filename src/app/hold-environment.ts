import { lockflight, type Actor, type ActorId } from '../core/actor.ts'
import type { Environment } from '../core/environment.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { definitionOf } from './request-promotion.ts'
import { wakeWaiting } from './wake.ts'

/** Which environment, and why. */
export interface Steering {
  project: string
  environment: string
  reason: string
}

/** Stops automation in an environment: nothing starts there but rollbacks until someone resumes it. A running deployment goes on. One that is held keeps its hold. */
export async function holdEnvironment(app: App, actor: Actor, steering: Steering): Promise<Environment> {
  return steer(app, actor, steering, async (tx, current) => {
    await demandNoHold(tx, current)
    return hold(tx, current, { by: actor.id, reason: steering.reason })
  })
}

/** The hold of a drill ends by itself, so a person may put theirs in its place; any other stays as it was set. */
async function demandNoHold(tx: Transaction, { project, name, hold: first }: Environment): Promise<void> {
  if (first === null) return
  if (first.by === lockflight.id && (await tx.drills.running(project, name))) return
  const held = `${name} is held already, by ${first.by} since ${first.at.toISOString()}: ${first.reason}`
  throw new Refusal(
    'conflict',
    `${held}. It stays so until someone ends it: lockflight resume --env ${name} --reason …`,
    {
      reason: 'already_held',
    },
  )
}

/** Ends a hold and has everything that waits there looked at again. */
export async function resumeEnvironment(app: App, actor: Actor, steering: Steering): Promise<Environment> {
  return steer(app, actor, steering, async (tx, current) => {
    const { project, name, hold: ended } = current
    if (ended === null) throw new Refusal('conflict', `${name} is not held`)
    const drill = await tx.drills.running(project, name)
    if (drill && (await tx.promotions.get(project, drill.back)).attempt > 0) {
      const { back, forth } = drill
      const end = `it resumes by itself, or give it up: lockflight cancel ${forth ?? back}`
      throw new Refusal('conflict', `drill ${drill.id} is going on in ${name}; ${end}`, { reason: 'drill_running' })
    }
    const resumed = { ...current, hold: null }
    await tx.environments.save(resumed)
    const data = { reason: steering.reason, heldBy: ended.by, heldFor: ended.reason }
    await tx.log({ type: 'environment.resumed', actor: actor.id, project, environment: name, subject: name, data })
    await wakeWaiting(tx, project, name)
    return resumed
  })
}

/** Saves the environment, held by automation itself; a hold that a person has set stays theirs, with their reason. */
export async function holdAutomatically(tx: Transaction, environment: Environment, reason: string): Promise<void> {
  const { hold: before } = environment
  if (before && before.by !== lockflight.id) await tx.environments.save(environment)
  else await hold(tx, environment, { by: lockflight.id, reason })
}

/** Saves the environment with that hold, in the place of any other. */
export async function hold(
  tx: Transaction,
  environment: Environment,
  { by, reason }: { by: ActorId; reason: string },
): Promise<Environment> {
  const { project, name } = environment
  const held = { ...environment, hold: { by, reason, at: tx.now } }
  await tx.environments.save(held)
  await tx.log({ type: 'environment.held', actor: by, project, environment: name, subject: name, data: { reason, by } })
  return held
}

/** Changes one environment for someone who may, with its row locked. */
export async function steer(
  app: App,
  actor: Actor,
  { project, environment }: Steering,
  change: (tx: Transaction, current: Environment) => Promise<Environment>,
): Promise<Environment> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'environment.hold', { project, environment })
    await definitionOf(tx, project, environment)
    return change(tx, await tx.environments.lock(project, environment))
  })
}
