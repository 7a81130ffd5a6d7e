import type { Actor } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { versionsIn, withVersions } from './versions-in.ts'

/** The newest deployments of one environment. */
export async function listDeployments(
  app: App,
  actor: Actor,
  { project, environment, limit }: { project: string; environment: string; limit: number },
): Promise<{ items: (Deployment & { releaseVersion: string })[] }> {
  return readProject(app, actor, project, async (tx) => {
    await tx.environments.get(project, environment)
    const rows = await tx.deployments.list({ project, environment, limit })
    return { items: await withVersions(rows, versionsIn(tx, project)) }
  })
}
