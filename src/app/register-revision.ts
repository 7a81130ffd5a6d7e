import type { ActorId } from '../core/actor.ts'
import type { Configuration, Revision } from '../core/configuration.ts'
import { digestOfJson } from '../core/digest.ts'
import { after, seconds } from '../core/duration.ts'
import type { Transaction } from '../core/store.ts'
import { wakeWaiting } from './wake.ts'

/** Adds a revision, in force at once or when the delay of the policy in force is over, and has what waits looked at then. */
export async function registerRevision(
  tx: Transaction,
  given: { configuration: Configuration; by: ActorId; confirmedBy: ActorId | null },
): Promise<Revision> {
  const { configuration, by, confirmedBy } = given
  const { project } = configuration
  const before = await tx.revisions.find(project)
  const rules = before && (await tx.revisions.current(project)).configuration['policy-changes']
  const revision: Revision = {
    project,
    number: (before?.number ?? 0) + 1,
    digest: digestOfJson(configuration),
    configuration,
    appliedBy: by,
    appliedAt: rules?.delay === undefined ? tx.now : after(tx.now, seconds(rules.delay)),
  }
  const { number, digest, appliedAt } = revision
  await tx.revisions.add(revision)
  for (const name of Object.keys(configuration.environments)) await tx.environments.ensure(project, name)
  await tx.log({
    type: 'revision.applied',
    actor: by,
    project,
    subject: digest,
    data: { number, digest, replaces: before?.digest ?? null, inForceAt: appliedAt.toISOString(), confirmedBy },
  })
  for (const name of environmentsOf(configuration, before?.configuration)) {
    await wakeWaiting(tx, project, name, appliedAt > tx.now ? appliedAt : undefined)
  }
  return revision
}

function environmentsOf(...configurations: (Configuration | undefined)[]): string[] {
  return [...new Set(configurations.flatMap((configuration) => Object.keys(configuration?.environments ?? {})))]
}
