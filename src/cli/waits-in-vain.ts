import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { environmentsOf } from './environments-of.ts'

type Promotion = Answer<'getPromotion'>
type Explanation = Answer<'explainPromotion'>

/** True when the release has not passed the environments before this one, and nothing is under way that would take it there. */
export async function waitsInVain(context: Context, { promotion, unmet }: Explanation): Promise<boolean> {
  if (!needsOthers({ ...promotion, unmet })) return false
  const { project, id, release, environment } = promotion
  const before = allBefore(await environmentsOf(context, project), environment)
  const { items } = await context.ask((client) => client.listPromotions({ project, release, limit: 100 }))
  const onItsWay = items.some((one) => before.has(one.environment) && one.finishedAt === null && !needsOthers(one))
  if (onItsWay) return false
  // One that was under way at the first look may have ended well before the second.
  const now = await context.ask((client) => client.explainPromotion({ project, id }))
  return needsOthers({ ...now.promotion, unmet: now.unmet })
}

/** `upstream` is the gate that `after` adds. */
function needsOthers({ state, unmet }: Pick<Promotion, 'state' | 'unmet'>): boolean {
  return state === 'waiting' && unmet.some(({ id }) => id === 'upstream')
}

function allBefore(environments: Awaited<ReturnType<typeof environmentsOf>>, name: string): Set<string> {
  const direct = environments[name]?.after ?? []
  return new Set(direct.flatMap((one) => [one, ...allBefore(environments, one)]))
}
