import type { Actor } from '../core/actor.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { partOf, type TextPart, type TextQuery } from './read-run-log.ts'

/** What one attempt of a deployment printed. */
export async function readDeploymentLog(
  app: App,
  actor: Actor,
  { project, id, attempt, ...query }: { project: string; id: string; attempt: number } & TextQuery,
): Promise<TextPart> {
  return readProject(app, actor, project, async (tx) => {
    await tx.promotions.get(project, id)
    const { outcome } = await tx.deployments.get(id, attempt)
    const pieces = await tx.logText.read(`deployment/${id}/${attempt}`, query)
    return partOf(pieces, query, outcome !== 'running')
  })
}
