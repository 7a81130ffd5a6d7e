import type { Transaction } from '../core/store.ts'

/** Has everything that waits for this environment looked at again, because something about it changed. */
export async function wakeWaiting(tx: Transaction, project: string, environment: string): Promise<void> {
  await tx.environments.lockWaiting(project, environment)
  for (const { id } of await tx.promotions.waitingIn(project, environment)) {
    await tx.enqueue({ verb: 'advance-promotion', promotion: id })
  }
}
