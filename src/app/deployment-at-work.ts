import type { Chosen, Configuration, EnvironmentDefinition } from '../core/configuration.ts'
import type { Deployer, DeployRequest, Inspection, Phase, Target } from '../core/deployer.ts'
import type { Deployment } from '../core/deployment.ts'
import { after } from '../core/duration.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import { stepOf, type RolloutAction } from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

/** A running deployment with everything needed to make its next effect. */
export interface AtWork {
  promotion: Promotion
  deployment: Deployment
  /** As of the revision the deployment was started with, whatever was applied since. */
  configuration: Configuration
  definition: EnvironmentDefinition
  /** What was approved when it started, whatever the promotion's row says by now (A03). */
  release: Release
  /** The database's time of this look. */
  at: Date
}

/** What making one effect led to. */
export type ActionResult =
  | { outcome: 'done' }
  | { outcome: 'failed'; reason: string }
  | { outcome: 'pausing'; until: Date }
  /** To be asked again; `trouble` tells of an outage met on the way, empty without one. */
  | { outcome: 'running'; trouble: string }

/** Reads a deployment as it stands now. */
export async function deploymentAtWork(app: App, { id, project, attempt }: Promotion): Promise<AtWork> {
  return app.store.read(async (tx) => {
    const [promotion, seen] = await Promise.all([tx.promotions.get(project, id), tx.deployments.get(id, attempt)])
    return workOn(tx, promotion, promotion.attempt === attempt ? seen : undefined)
  })
}

/** The same for a promotion, and a deployment where that is known too, just read in this transaction. */
export async function workOn(tx: Transaction, promotion: Promotion, known?: Deployment): Promise<AtWork> {
  const { id, project, environment, attempt } = promotion
  const deployment = known ?? (await tx.deployments.get(id, attempt))
  const [{ configuration }, release] = await Promise.all([
    tx.revisions.get(project, deployment.revision),
    tx.releases.get(project, deployment.release),
  ])
  const definition = configuration.environments[environment]
  if (!definition) throw new Error(`revision ${deployment.revision} of ${project} has no ${environment}`)
  return { promotion, deployment, configuration, definition, release, at: tx.now }
}

/** Makes one effect, or asks how far it is. An outage is `running`: it is tried again until the deployment's time is up. */
export async function performAction(app: App, work: AtWork, action: RolloutAction): Promise<ActionResult> {
  try {
    return await perform(app, work, action)
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'failed', reason: error.message }
    return { outcome: 'running', trouble: error instanceof Error ? error.message : String(error) }
  }
}

async function perform(app: App, work: AtWork, action: RolloutAction): Promise<ActionResult> {
  switch (action.do) {
    case 'deploy': {
      const { deployer, config } = deployerOf(app, work.definition)
      const result = await deployer.deploy(config, deployRequest(work, action.phase))
      switch (result.outcome) {
        case 'running':
          return { outcome: 'running', trouble: '' }
        case 'failed':
          return result
        case 'succeeded':
          return { outcome: 'done' }
      }
    }
    case 'shift': {
      if (work.definition.rollout.use === 'rolling') return { outcome: 'done' }
      const { use, ...config } = work.definition.rollout.router
      const router = named(app.routers, use, 'router')
      await router.shift(
        router.config.parse(config),
        { ...deployRequest(work, 'start'), step: stepOf(work.deployment.rollout) },
        await inspect(app, work),
        action.weights,
      )
      return { outcome: 'done' }
    }
    case 'check': {
      const failure = await firstFailure(app, work, action.verifications)
      return failure === null ? { outcome: 'done' } : { outcome: 'failed', reason: failure }
    }
    case 'pause': {
      const { pauseUntil } = work.deployment.rollout
      const until = pauseUntil === null ? after(work.at, action.seconds) : new Date(pauseUntil)
      return until <= work.at ? { outcome: 'done' } : { outcome: 'pausing', until }
    }
  }
}

/** The first verification that fails and why; null when all pass. */
export async function firstFailure(app: App, work: AtWork, verifications: Chosen[]): Promise<string | null> {
  const where = await inspect(app, work)
  for (const { use, ...config } of verifications) {
    const verification = named(app.verifications, use, 'verification')
    const request = deployRequest(work, 'replace')
    const { outcome, reason } = await verification.check(verification.config.parse(config), request, where)
    if (outcome === 'fail') return `${use}: ${reason}`
  }
  return null
}

/** What the target says runs there now. */
export async function inspect(
  app: Pick<App, 'deployers'>,
  { definition, promotion }: { definition: EnvironmentDefinition; promotion: Target },
): Promise<Inspection> {
  const { deployer, config } = deployerOf(app, definition)
  return deployer.inspect(config, { project: promotion.project, environment: promotion.environment })
}

/** What a phase has printed from that byte on; null when its deployer has no way to tell. */
export async function outputOf(app: App, work: AtWork, phase: Phase, from: number) {
  const { deployer } = deployerOf(app, work.definition)
  return deployer.output ? deployer.output(deployRequest(work, phase), from) : null
}

/** The deployer that an environment chose, with its settings; refuses one that this installation does not have. */
export function deployerOf(
  app: Pick<App, 'deployers'>,
  { deploy: { use, ...config } }: EnvironmentDefinition,
): { deployer: Deployer; config: unknown } {
  const deployer = named(app.deployers, use, 'deployer')
  return { deployer, config: deployer.config.parse(config) }
}

function named<T>(slot: Record<string, T>, use: string, kind: string): T {
  const found = Object.hasOwn(slot, use) ? slot[use] : undefined
  if (found) return found
  throw new Refusal(
    'invalid',
    `there is no ${kind} ${use} in this installation; it has ${Object.keys(slot).join(', ')}`,
  )
}

function deployRequest({ promotion, deployment, release }: AtWork, phase: Phase): DeployRequest {
  const { digest, version, source, artifacts } = release
  return {
    project: promotion.project,
    environment: promotion.environment,
    promotion: promotion.id,
    attempt: deployment.attempt,
    fence: deployment.fence,
    phase,
    release: { digest, version, source, artifacts },
    previous: deployment.previous,
  }
}
