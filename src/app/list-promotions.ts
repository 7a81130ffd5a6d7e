import type { Actor } from '../core/actor.ts'
import { beforeOf, pageOf, type Page } from '../core/page.ts'
import type { Promotion, PromotionState } from '../core/promotion.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { versionsIn, withVersions } from './versions-in.ts'

/** Which promotions to list; what is absent does not narrow. */
export interface ListPromotionsInput {
  project: string
  environment?: string
  /** A digest, a prefix of one, or a version. */
  release?: string
  state?: PromotionState
  cursor?: string
  limit: number
}

/** Promotions of a project, newest first. */
export async function listPromotions(
  app: App,
  actor: Actor,
  { project, release, environment, state, cursor, limit }: ListPromotionsInput,
): Promise<Page<Promotion & { releaseVersion: string }>> {
  const rows = await readProject(app, actor, project, async (tx) => {
    if (environment !== undefined) await tx.environments.get(project, environment)
    const found = await tx.promotions.list({
      project,
      limit: limit + 1,
      ...(environment && { environment }),
      ...(state && { state }),
      ...(release && { release: (await tx.releases.find(project, release)).digest }),
      ...(cursor && { before: beforeOf(cursor) }),
    })
    return withVersions(found, versionsIn(tx, project))
  })
  return pageOf(rows, limit, ({ requestedAt, id }) => ({ at: requestedAt, id }))
}
