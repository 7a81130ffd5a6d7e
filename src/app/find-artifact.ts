import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Artifact } from '../core/release.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** One artifact of a release by name, for someone who wants its bytes. */
export async function findArtifact(
  app: App,
  actor: Actor,
  { project, release: wanted, name }: { project: string; release: string; name: string },
): Promise<Artifact> {
  return readProject(app, actor, project, async (tx) => {
    const release = await tx.releases.find(project, wanted)
    const artifact = release.artifacts.find((one) => one.name === name)
    if (artifact) return artifact
    const known = release.artifacts.map((one) => one.name).join(', ')
    throw new Refusal('not_found', `release ${release.version} has no artifact ${name}; it has ${known}`)
  })
}
