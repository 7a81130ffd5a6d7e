import type { ActorId } from '../core/actor.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'

/** Has everything that waits for this environment looked at again, because something about it changed, or will have changed by then. */
export async function wakeWaiting(tx: Transaction, project: string, environment: string, at?: Date): Promise<void> {
  await tx.environments.lockWaiting(project, environment)
  for (const { id } of await tx.promotions.waitingIn(project, environment)) {
    await tx.enqueue({ verb: 'advance-promotion', promotion: id, ...(at && { at }) })
  }
}

/** The same for what a person has answered, because they may count now who did not before. */
export async function wakeAnsweredBy(tx: Transaction, person: ActorId): Promise<void> {
  for (const { id } of await tx.promotions.waitingAnsweredBy(person)) {
    await tx.enqueue({ verb: 'advance-promotion', promotion: id })
  }
}

/** The same for what waits to put that release somewhere, because more is known about it. */
export async function wakePromotionsOf(tx: Transaction, { project, digest: release }: Release): Promise<void> {
  await tx.releases.lockWaiting(project, release, 'wake')
  for (const { id } of await tx.promotions.list({ project, release, state: 'waiting', limit: 1000 })) {
    await tx.enqueue({ verb: 'advance-promotion', promotion: id })
  }
}
