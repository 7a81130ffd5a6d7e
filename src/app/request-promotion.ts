import type { Permission } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { EnvironmentDefinition } from '../core/configuration.ts'
import type { Promotion, PromotionClass } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion, type PromotionRequest } from './add-promotion.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** What someone who asks for a promotion gives. */
export interface RequestPromotionInput {
  project: string
  /** A digest, a prefix of one, or a version. */
  release: string
  environment: string
  class: Exclude<PromotionClass, 'rollback' | 'drill'>
  reason: string
}

/** Asks for one release to be put into one environment. */
export async function requestPromotion(app: App, actor: Actor, input: RequestPromotionInput): Promise<Promotion> {
  return app.store.transaction(async (tx) => {
    for (const permission of permissionsToAsk(input.class)) await demand(app, tx, actor, permission, input)
    return addPromotion(tx, await requestOf(app, tx, actor, input))
  })
}

/** What asking for a promotion of that class takes: gates let fixes through, so not everyone who may ask may call a release one. */
export function permissionsToAsk(promotionClass: PromotionClass): Permission[] {
  return ['promotion.request', ...(promotionClass === 'hotfix' ? (['promotion.hotfix'] as const) : [])]
}

/** Resolves the names in a request; refuses with `not_found` what does not exist. */
export async function requestOf(
  app: App,
  tx: Transaction,
  actor: Actor,
  { project, release, environment, reason, ...input }: RequestPromotionInput,
): Promise<PromotionRequest> {
  const [found, definition] = await Promise.all([
    tx.releases.find(project, release),
    definitionOf(tx, project, environment),
  ])
  return {
    id: app.newId(),
    release: found,
    environment,
    definition,
    class: input.class,
    by: actor.id,
    reason,
  }
}

/** The environment as the project's newest revision defines it; refuses with `not_found`, naming those there are. */
export async function definitionOf(
  tx: Transaction,
  project: string,
  environment: string,
): Promise<EnvironmentDefinition> {
  const { environments } = (await tx.revisions.current(project)).configuration
  const definition = Object.hasOwn(environments, environment) ? environments[environment] : undefined
  if (definition) return definition
  const known = Object.keys(environments)
  const found = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
  throw new Refusal('not_found', `project ${project} has no environment ${environment}; ${found}`)
}
