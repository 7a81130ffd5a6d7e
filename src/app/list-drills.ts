import type { Actor } from '../core/actor.ts'
import type { Drill } from '../core/drill.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { versionsIn } from './versions-in.ts'

/** A drill with its releases by the names people know. */
export type NamedDrill = Drill & { releaseVersion: string; targetVersion: string }

/** The newest drills of one environment. */
export async function listDrills(
  app: App,
  actor: Actor,
  { project, environment, limit }: { project: string; environment: string; limit: number },
): Promise<{ items: NamedDrill[] }> {
  return readProject(app, actor, project, async (tx) => {
    await tx.environments.get(project, environment)
    const versionOf = versionsIn(tx, project)
    const items: NamedDrill[] = []
    for (const drill of await tx.drills.list({ project, environment, limit })) {
      const [releaseVersion, targetVersion] = [await versionOf(drill.release), await versionOf(drill.target)]
      items.push({ ...drill, releaseVersion, targetVersion })
    }
    return { items }
  })
}
