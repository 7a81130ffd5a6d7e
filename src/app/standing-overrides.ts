import type { ActorId } from '../core/actor.ts'
import type { Override, StandingOverride } from '../core/override.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

type Place = Pick<Override, 'project' | 'environment'>

/** The overrides of a promotion, each with whether its givers may still give it: asked of the grants as they are now (A06). */
export async function standingOverrides(
  app: Pick<App, 'access'>,
  tx: Transaction,
  { id }: Pick<Promotion, 'id'>,
): Promise<StandingOverride[]> {
  const standing: StandingOverride[] = []
  for (const override of await tx.overrides.of(id)) standing.push(await standingOverride(app, tx, override))
  return standing
}

/** The same for one of them. */
export async function standingOverride(
  app: Pick<App, 'access'>,
  tx: Transaction,
  override: Override,
): Promise<StandingOverride> {
  const { confirmation, requestedBy } = override
  return {
    ...override,
    requesterMay: await mayOverride(app, tx, requestedBy, override),
    confirmerMay: confirmation !== null && (await mayOverride(app, tx, confirmation.by, override)),
  }
}

async function mayOverride(
  { access }: Pick<App, 'access'>,
  tx: Transaction,
  person: ActorId,
  { project, environment }: Place,
): Promise<boolean> {
  const member = await tx.members.find(person)
  if (!member || member.disabled || member.kind !== 'human') return false
  return access.allows(member, 'gate.override', { project, environment }, await tx.members.grantsOf(person))
}
