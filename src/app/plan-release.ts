import type { Actor } from '../core/actor.ts'
import type { EnvironmentDefinition } from '../core/configuration.ts'
import { inOrder } from '../core/environment-order.ts'
import type { Explanation } from '../core/explanation.ts'
import type { Release } from '../core/release.ts'
import type { App } from './app.ts'
import { explainPromotion, previewPromotion } from './explain-promotion.ts'
import { readProject } from './read-project.ts'

/** The way of one release through all environments. */
export interface Plan {
  release: Release
  steps: PlanStep[]
}

/** What a release would meet in one environment, and how it would be deployed there. */
export interface PlanStep extends Pick<
  Explanation,
  'next' | 'unmet' | 'passed' | 'shadows' | 'overrides' | 'recheckAt'
> {
  environment: string
  after: string[]
  promote: EnvironmentDefinition['promote']
  /** The release runs there now. */
  isLive: boolean
  /** The one that waits; null when nobody has asked yet. */
  promotion: string | null
  deploy: string
  rollout: string
  verify: string[]
  onFailure: EnvironmentDefinition['on-failure']
}

/** The whole way through all environments as it would go now, by the same function that decides; nothing is written or deployed. */
export async function planRelease(
  app: App,
  actor: Actor,
  { project, release: name }: { project: string; release: string },
): Promise<Plan> {
  const { release, environments } = await readProject(app, actor, project, async (tx) => {
    const found = await tx.releases.find(project, name)
    const { configuration } = await tx.revisions.current(project)
    const places = []
    for (const environment of inOrder(configuration.environments)) {
      const definition = configuration.environments[environment]
      if (!definition) continue
      const live = await tx.deployments.live(project, environment)
      const waiting = await tx.promotions.waitingIn(project, environment)
      places.push({
        environment,
        definition,
        isLive: live?.release === found.digest,
        promotion: waiting.find((promotion) => promotion.release === found.digest)?.id ?? null,
      })
    }
    return { release: found, environments: places }
  })
  const steps: PlanStep[] = []
  for (const { environment, definition, isLive, promotion } of environments) {
    const request = { project, environment, release: release.digest, class: 'standard' as const, reason: '' }
    const { next, unmet, passed, shadows, overrides, recheckAt } = promotion
      ? await explainPromotion(app, actor, { project, id: promotion })
      : await previewPromotion(app, actor, request)
    steps.push({
      environment,
      after: definition.after,
      promote: definition.promote,
      isLive,
      promotion,
      next,
      unmet,
      passed,
      shadows,
      overrides,
      recheckAt,
      deploy: definition.deploy.use,
      rollout: definition.rollout.use,
      verify: definition.verify.map(({ use }) => use),
      onFailure: definition['on-failure'],
    })
  }
  return { release, steps }
}
