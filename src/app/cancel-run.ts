import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Run } from '../core/run.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Ends a run: at once when it has not begun, else as soon as its worker has stopped the jobs. */
export async function cancelRun(
  app: App,
  actor: Actor,
  { project, id, reason }: { project: string; id: string; reason: string },
): Promise<Run> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'run.cancel', { project, environment: null })
    await tx.runs.get(project, id)
    const run = await tx.runs.lock(id)
    if (run.state !== 'queued' && run.state !== 'running') {
      throw new Refusal('conflict', `run ${run.number} is already ${run.state}`)
    }
    const queued = run.state === 'queued'
    const next: Run = {
      ...run,
      cancelledBy: actor.id,
      reason,
      ...(queued ? { state: 'cancelled', finishedAt: tx.now } : {}),
    }
    await tx.runs.save(next)
    const about = { actor: actor.id, project, subject: id }
    await tx.log({ ...about, type: 'run.cancel-requested', data: { number: run.number, reason } })
    if (queued) {
      await tx.log({ ...about, type: 'run.completed', data: { number: run.number, outcome: 'cancelled', reason } })
    }
    return tx.runs.get(project, id)
  })
}
