import type { Grant } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { knownMember, refuseSelf } from './known-member.ts'
import { wakeAnsweredBy } from './wake.ts'

/** Gives a member a role in the installation, a project or an environment; who edits one project’s members grants there only. */
export async function addGrant(app: App, actor: Actor, grant: Grant): Promise<{ changed: boolean }> {
  const { project, environment } = expectPlace(grant)
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', { project, environment: null })
    refuseSelf(actor, grant.actor)
    await knownMember(tx, grant.actor)
    const changed = await tx.members.grant(grant)
    if (changed) {
      const { actor: subject, role } = grant
      await tx.log({ type: 'grant.added', actor: actor.id, project, environment, subject, data: { role } })
      await wakeAnsweredBy(tx, subject)
    }
    return { changed }
  })
}

/** Refuses a grant for an environment of no project. */
export function expectPlace(grant: Grant): Grant {
  if (grant.project !== null || grant.environment === null) return grant
  throw new Refusal('invalid', `expected a project for the environment ${grant.environment}, found none`)
}
