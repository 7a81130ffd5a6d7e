import type { Actor } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** The newest deployments of one environment. */
export async function listDeployments(
  app: App,
  actor: Actor,
  { project, environment, limit }: { project: string; environment: string; limit: number },
): Promise<{ items: Deployment[] }> {
  return readProject(app, actor, project, async (tx) => {
    await tx.environments.get(project, environment)
    return { items: await tx.deployments.list({ project, environment, limit }) }
  })
}
