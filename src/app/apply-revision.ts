import type { Actor } from '../core/actor.ts'
import type { Configuration, Revision } from '../core/configuration.ts'
import { difference, type Change } from '../core/difference.ts'
import { digestOfJson } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { wakeWaiting } from './wake.ts'

/** What someone who applies a configuration gives. */
export interface ApplyInput {
  project: string
  /** The whole lockflight.yaml. */
  text: string
  /** How problems name it. */
  file: string
  dryRun: boolean
}

/** Registers a configuration as the project's policy from now on; every waiting promotion is judged again by it. */
export async function applyRevision(
  app: App,
  actor: Actor,
  { project, text, file, dryRun }: ApplyInput,
): Promise<{ changed: boolean; number: number; digest: string; difference: Change[] }> {
  const configuration = app.readConfiguration(text, file)
  if (configuration.project !== project) {
    throw new Refusal('invalid', `${file}: expected project ${project}, found ${configuration.project}`)
  }
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'policy.edit', { project, environment: null })
    const before = await tx.revisions.find(project)
    const digest = digestOfJson(configuration)
    const changes = difference(before?.configuration ?? {}, configuration)
    const changed = before?.digest !== digest
    const number = (before?.number ?? 0) + (changed ? 1 : 0)
    if (changed && !dryRun) {
      await register(tx, { project, number, digest, configuration, appliedBy: actor.id, appliedAt: tx.now }, before)
    }
    return { changed, number, digest, difference: changes }
  })
}

async function register(tx: Transaction, revision: Revision, before: Revision | null): Promise<void> {
  const { project, number, digest, configuration, appliedBy } = revision
  await tx.revisions.add(revision)
  for (const name of Object.keys(configuration.environments)) await tx.environments.ensure(project, name)
  await tx.log({
    type: 'revision.applied',
    actor: appliedBy,
    project,
    subject: digest,
    data: { number, digest, replaces: before?.digest ?? null },
  })
  for (const name of environmentsOf(configuration, before?.configuration)) await wakeWaiting(tx, project, name)
}

function environmentsOf(...configurations: (Configuration | undefined)[]): string[] {
  return [...new Set(configurations.flatMap((configuration) => Object.keys(configuration?.environments ?? {})))]
}
