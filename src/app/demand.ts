import type { Permission, Resource } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

/** Refuses unless the actor may; who may not even read the project gets the answer for a project that does not exist (A09). */
export async function demand(
  app: Pick<App, 'access'>,
  tx: Pick<Transaction, 'members'>,
  actor: Actor,
  permission: Permission,
  resource: Resource,
): Promise<void> {
  const grants = await tx.members.grantsOf(actor.id)
  if (app.access.allows(actor, permission, resource, grants)) return
  const mayKnow = app.access.allows(actor, 'project.read', { project: resource.project, environment: null }, grants)
  if (resource.project !== null && !mayKnow) throw unknownProject(resource.project)
  const { scope: _narrowed, ...owner } = actor
  const remedy = app.access.allows(owner, permission, resource, grants)
    ? 'this token was made for less than its owner may'
    : `an admin can give a role that has it: lockflight grants add ${actor.id} <role>`
  throw new Refusal('forbidden', `${actor.name} needs ${permission} ${placeOf(resource)}; ${remedy}`, {
    reason: 'permission_missing',
  })
}

/** The one answer for projects that do not exist and projects the caller may not see. */
export function unknownProject(project: string): Refusal {
  return new Refusal('not_found', `no project ${project} here; register one with: lockflight apply`, {
    reason: 'project_unknown',
  })
}

function placeOf({ project, environment }: Resource): string {
  if (project === null) return 'on the whole installation'
  return environment === null ? `in project ${project}` : `for ${environment} of project ${project}`
}
