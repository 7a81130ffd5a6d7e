import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Run } from '../core/run.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { endRun } from './end-run.ts'

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
    const cancelled: Run = { ...run, cancelledBy: actor.id, reason }
    const data = { number: run.number, reason }
    await tx.log({ type: 'run.cancel-requested', actor: actor.id, project, subject: id, data })
    if (run.state === 'queued') await endRun(tx, cancelled, { state: 'cancelled', reason, release: null, by: actor.id })
    else await tx.runs.save(cancelled)
    return tx.runs.get(project, id)
  })
}
