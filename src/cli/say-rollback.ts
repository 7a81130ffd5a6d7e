import type { Answer } from './answer.ts'
import type { Context } from './context.ts'

type Promotion = Answer<'getPromotion'>
type Rollback = Answer<'listPromotions'>['items'][number]

/** Says what became of the rollback that was on its way when a promotion failed: it goes on without it. */
export async function sayRollback(context: Context, { project, environment, finishedAt }: Promotion): Promise<void> {
  if (finishedAt === null) return
  const { items } = await context.ask((client) => client.listPromotions({ project, environment, limit: 20 }))
  const rollback = items.find(
    (one) =>
      one.class === 'rollback' &&
      one.requestedAt <= finishedAt &&
      // Later than the failure: so it is not the one that failed.
      (one.finishedAt === null || one.finishedAt > finishedAt),
  )
  if (rollback) context.say(`${environment}: ${rollbackText(rollback)}`)
}

function rollbackText({ id, state, finishedAt, releaseVersion, reason }: Rollback): string {
  if (state === 'succeeded') return `was rolled back to ${releaseVersion}`
  if (state === 'waiting')
    return `a rollback to ${releaseVersion} was asked for; wait for it with: lockflight wait ${id}`
  if (finishedAt === null) return `a rollback to ${releaseVersion} is running; wait for it with: lockflight wait ${id}`
  return `the rollback to ${releaseVersion} is ${state}${reason ? `: ${reason}` : ''}; see: lockflight why ${id}`
}
