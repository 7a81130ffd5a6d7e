import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { environmentsOf } from './environments-of.ts'

type Explanation = Answer<'explainPromotion'>
type Environments = Awaited<ReturnType<typeof environmentsOf>>

const open = ['waiting', 'deploying', 'verifying'] as const

/** True when the release has not passed the environments before this one, and nothing is under way that would take it there. */
export async function waitsInVain(context: Context, explanation: Explanation): Promise<boolean> {
  const { project, id, release, environment } = explanation.promotion
  if (explanation.unmet.length === 0) return false
  const environments = await environmentsOf(context, project)
  if (!needsOthers(explanation, environments)) return false
  const before = allBefore(environments, environment)
  const pages = await Promise.all(
    open.map((state) => context.ask((client) => client.listPromotions({ project, release, state, limit: 100 }))),
  )
  for (const other of pages.flatMap(({ items }) => items).filter((one) => before.has(one.environment))) {
    // As it is now, and not as it was last judged: what it waits for may have come meanwhile.
    if (!needsOthers(await explain(context, other), environments)) return false
  }
  // What was under way at the first look may have ended well before the second.
  return needsOthers(await explain(context, { project, id }), environments)
}

function explain(context: Context, which: { project: string; id: string }): Promise<Explanation> {
  return context.ask((client) => client.explainPromotion({ project: which.project, id: which.id }))
}

/** Whether it waits for other environments: for the gate that `after` adds, by whatever name. */
function needsOthers({ promotion, unmet }: Explanation, environments: Environments): boolean {
  const named = environments[promotion.environment]?.gates?.find(({ use }) => use === 'upstream')?.id ?? 'upstream'
  return promotion.state === 'waiting' && unmet.some(({ id }) => id === named)
}

function allBefore(environments: Environments, name: string): Set<string> {
  const direct = environments[name]?.after ?? []
  return new Set(direct.flatMap((one) => [one, ...allBefore(environments, one)]))
}
