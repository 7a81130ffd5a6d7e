import { Refusal } from '../core/refusal.ts'
import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { endedText, type Ended } from './views/promotions-view.ts'

/** A release is not one, and the server would only say that there is no such promotion. */
const promotionId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** How people name a promotion: by its id, or by its release and where to. */
export interface Which {
  project: string
  promotion: string
  to: string | undefined
}

/** What commands that ask so take. */
export const whichPromotion = {
  arguments: { promotion: { says: 'its id; with --to, its release' } },
  options: { to: { value: 'environment', says: 'where to: the promotion of that release that is under way there' } },
} as const

/** The id of the promotion, or, when none of that release is under way there, the last one that was; refuses with `invalid` what is no id. */
export async function promotionUnderWay(
  context: Context,
  { project, promotion, to }: Which,
): Promise<{ id: string } | { id: undefined; last: Ended | null }> {
  if (to !== undefined) {
    const query = { project, release: promotion, environment: to, limit: 20 }
    const { items } = await context.ask((client) => client.listPromotions(query))
    const id = items.find(({ finishedAt }) => finishedAt === null)?.id
    return id === undefined ? { id, last: items.find(hasEnded) ?? null } : { id }
  }
  if (promotionId.test(promotion)) return { id: promotion }
  throw new Refusal('invalid', `expected the id of a promotion, or --to with a release; found ${promotion}`)
}

function hasEnded(promotion: Answer<'listPromotions'>['items'][number]): promotion is Ended {
  return promotion.finishedAt !== null
}

/** The id of the promotion; refuses with `not_found` when none of that release is under way there, and says how the last one ended. */
export async function promotionNamed(context: Context, which: Which): Promise<string> {
  const found = await promotionUnderWay(context, which)
  if (found.id !== undefined) return found.id
  const { promotion: release, to } = which
  const { last } = found
  const ended = last ? `; the last one, ${last.id}, ${endedText(last, context.look.now)}` : ''
  throw new Refusal(
    'not_found',
    `no promotion of ${release} to ${to} is under way${ended}; ask for one with: lockflight promote ${release} --to ${to}`,
  )
}
