import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'
import { waitsOnlyForPeople } from './holding-code.ts'
import { sayRollback } from './say-rollback.ts'
import { whyText } from './views/why-view.ts'
import { waitsInVain } from './waits-in-vain.ts'

type Promotion = Answer<'getPromotion'>
type Explanation = Answer<'explainPromotion'>

const pauseMilliseconds = 250

/** Waits until a promotion has ended, or nothing but a person can move it on, or the patience is over; says what changes on the way and shows the whole answer in the end. */
export async function awaitPromotion(
  context: Context,
  { project, id }: Pick<Promotion, 'project' | 'id'>,
  patienceMilliseconds: number,
): Promise<ExitCode> {
  const interrupted = context.interruption()
  const deadline = Date.now() + patienceMilliseconds
  let said = ''
  for (;;) {
    const explanation = await context.ask((client) => client.explainPromotion({ project, id }))
    const news = newsIn(explanation)
    if (news !== said) context.say(news)
    said = news
    const code = interrupted.aborted
      ? exitCodes.interrupted
      : ((await settledCode(context, explanation)) ?? (Date.now() > deadline ? exitCodes.timeout : undefined))
    if (code !== undefined) {
      context.show(explanation, whyText)
      if (explanation.promotion.state === 'failed') await sayRollback(context, explanation.promotion)
      if (code === exitCodes.interrupted) context.say(`it goes on without you; end it with: lockflight cancel ${id}`)
      return code
    }
    await pause(pauseMilliseconds)
  }
}

/** The exit code when waiting longer would change nothing by itself; undefined while it may. */
async function settledCode(context: Context, explanation: Explanation): Promise<ExitCode | undefined> {
  const { state, finishedAt } = explanation.promotion
  if (finishedAt !== null) {
    return state === 'succeeded' ? exitCodes.ok : state === 'rejected' ? exitCodes.blocked : exitCodes.failed
  }
  const { unmet, next } = explanation
  if (state !== 'waiting' || unmet.length === 0) return undefined
  // Its end is on its way, and is what there is to show.
  if (next === 'reject' || next === 'expire') return undefined
  if (unmet.some(({ outcome }) => outcome === 'fail')) return exitCodes.blocked
  if (await waitsOnlyForPeople(context, explanation)) return exitCodes.awaitingApproval
  return (await waitsInVain(context, explanation)) ? exitCodes.blocked : undefined
}

function newsIn({ promotion, unmet }: Explanation): string {
  const { environment, state, reason } = promotion
  const why = state === 'waiting' ? unmet.map(({ id }) => id).join(', ') : reason
  return `${environment}: ${state}${why ? ` (${why})` : ''}`
}
