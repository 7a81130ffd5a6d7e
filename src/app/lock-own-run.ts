import { Refusal } from '../core/refusal.ts'
import type { Run } from '../core/run.ts'
import type { Transaction } from '../core/store.ts'

/** Locks the run for one write of its worker; refuses when another worker has taken it since. */
export async function lockOwnRun(tx: Transaction, run: Run): Promise<Run> {
  const current = await tx.runs.lock(run.id)
  if (current.execution !== run.execution || current.state !== 'running') {
    throw new Refusal('conflict', `run ${run.id} was taken over by another worker`, { reason: 'run_taken_over' })
  }
  return current
}
