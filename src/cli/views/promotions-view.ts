import type { Answer } from '../answer.ts'
import { ago, atAGlance, plain, type Look } from '../look.ts'
import { table } from '../table.ts'
import { stateIn } from './why-view.ts'

/** Promotions as a list, newest first. */
export function promotionsText({ items }: Answer<'listPromotions'>, look: Look): string {
  if (items.length === 0) return 'no promotions; ask for one with: lockflight promote <release> --to <environment>'
  return table(
    items.map((promotion) => [
      promotion.id,
      `${promotion.releaseVersion} → ${look.paint('bold', promotion.environment)}`,
      stateIn(promotion.state, look),
      promotion.class === 'standard' ? '' : promotion.class,
      look.paint('dim', `${ago(promotion.requestedAt, look.now)} ago by ${promotion.requestedBy}`),
      atAGlance(promotion.reason, promotion.id),
    ]),
  )
}

/** What became of a promotion that ended, after its name: `expired 2h ago: it waited too long`. */
export function endedText({ id, state, reason, finishedAt }: Ended, now: Date): string {
  const what = stateIn(state, { paint: plain, now }).replace(/^has /, '')
  return `${what} ${ago(finishedAt, now)} ago${reason === '' ? '' : `: ${atAGlance(reason, id)}`}`
}

/** A promotion to which nothing more happens. */
export type Ended = Answer<'listPromotions'>['items'][number] & { finishedAt: Date }

/** What was asked for, and where to look next. */
export function requestedText({ id, environment }: Answer<'getPromotion'>): string {
  return `${id}\nasked for ${environment}; see what it waits for: lockflight why ${id}`
}
