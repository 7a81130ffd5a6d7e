import { lockflight, type Actor } from '../core/actor.ts'
import type { EnvironmentDefinition } from '../core/configuration.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Environment } from '../core/environment.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import { giveUpDrill } from './advance-drill.ts'
import type { App } from './app.ts'
import { hold, steer, type Steering } from './hold-environment.ts'
import { deployerOf } from './deployment-at-work.ts'

/** Takes down what is live in an environment and holds it, so that nothing comes back by itself; the service is ended by a job, and what was live counts as replaced from now on. */
export async function takeDown(app: App, actor: Actor, steering: Steering): Promise<Environment> {
  return steer(app, actor, steering, async (tx, current) => {
    const { project, name, fence } = current
    const live = await tx.deployments.live(project, name)
    if (!live) throw new Refusal('conflict', `nothing is live in ${name}`, { reason: 'nothing_live' })
    const { use } = (await deployedBy(tx, live)).deploy
    if (!app.deployers[use]?.takeDown) {
      throw new Refusal('unprocessable', `the deployer ${use} of ${name} has no way to take down what it deployed`, {
        reason: 'cannot_take_down',
      })
    }
    if (current.active !== null) {
      throw new Refusal(
        'conflict',
        `promotion ${current.active} is being deployed to ${name}; wait for its end first`,
        {
          reason: 'deployment_running',
        },
      )
    }
    const { release, promotion } = live
    await giveUpDrill(tx, { project, environment: name }, 'it was taken down')
    await tx.deployments.save({ ...live, replacedAt: tx.now })
    const held = await hold(
      tx,
      { ...current, takingDown: true },
      { by: actor.id, reason: `taken down: ${steering.reason}${heldBefore(current)}` },
    )
    const about = { actor: actor.id, project, environment: name, subject: name }
    const data = { reason: steering.reason, release, promotion }
    await tx.log({ type: 'environment.taken-down', ...about, data })
    await tx.enqueue({ verb: 'take-down', project, environment: name, fence })
    return held
  })
}

/** What a person who held it wants is not over with what was live. */
function heldBefore({ hold: first }: Environment): string {
  return first && first.by !== lockflight.id ? `; held before that by ${first.by}: ${first.reason}` : ''
}

/** Ends the service that `takeDown` was about, unless something else was deployed there since. */
export async function carryOutTakeDown(
  app: App,
  { project, environment, fence }: { project: string; environment: string; fence: number },
): Promise<void> {
  const definition = await app.store.read(async (tx) => {
    const current = await tx.environments.get(project, environment)
    const [newest] = await tx.deployments.list({ project, environment, limit: 1 })
    return current.fence === fence && newest ? deployedBy(tx, newest) : null
  })
  if (!definition) return
  const { deployer, config } = deployerOf(app, definition)
  await deployer.takeDown?.(config, { project, environment, fence })
  await app.store.transaction(async (tx) => {
    const current = await tx.environments.lock(project, environment)
    if (current.fence === fence) await tx.environments.save({ ...current, takingDown: false })
  })
}

/** The environment as it was when that was deployed: what was applied since, even its end, says nothing of how to take it down. */
async function deployedBy(
  tx: Transaction,
  { project, environment, revision }: Deployment,
): Promise<EnvironmentDefinition> {
  const definition = (await tx.revisions.get(project, revision)).configuration.environments[environment]
  if (!definition) throw new Error(`revision ${revision} of ${project} has no ${environment}`)
  return definition
}
