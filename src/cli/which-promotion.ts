import { Refusal } from '../core/refusal.ts'
import type { Context } from './context.ts'

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

/** The id of the promotion, or undefined when none of that release is under way there; refuses with `invalid` what is no id. */
export async function promotionUnderWay(
  context: Context,
  { project, promotion, to }: Which,
): Promise<string | undefined> {
  if (to !== undefined) {
    const query = { project, release: promotion, environment: to, limit: 20 }
    const { items } = await context.ask((client) => client.listPromotions(query))
    return items.find(({ finishedAt }) => finishedAt === null)?.id
  }
  if (promotionId.test(promotion)) return promotion
  throw new Refusal('invalid', `expected the id of a promotion, or --to with a release; found ${promotion}`)
}

/** The id of the promotion; refuses with `not_found` when none of that release is under way there. */
export async function promotionNamed(context: Context, which: Which): Promise<string> {
  const id = await promotionUnderWay(context, which)
  if (id !== undefined) return id
  const { promotion: release, to } = which
  throw new Refusal(
    'not_found',
    `no promotion of ${release} to ${to} is under way; ask for one with: lockflight promote ${release} --to ${to}`,
  )
}
