import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { environmentsOf } from './environments-of.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'

type Explanation = Answer<'explainPromotion'>
type Place = Pick<Explanation['promotion'], 'project' | 'environment'>

/** What keeps a promotion from going on, as an exit code: a gate that says no, people who have not acted, or nothing. */
export async function holdingCode(context: Context, explanation: Explanation): Promise<ExitCode> {
  if (explanation.unmet.some(({ outcome }) => outcome !== 'wait')) return exitCodes.blocked
  const personal = await personalIn(context, explanation)
  return explanation.unmet.some(({ id }) => personal.has(id)) ? exitCodes.awaitingApproval : exitCodes.ok
}

/** True when nothing but an act of people is missing: an answer, or the end of a hold or a pin. */
export async function waitsOnlyForPeople(context: Context, explanation: Explanation): Promise<boolean> {
  const { unmet } = explanation
  if (unmet.length === 0 || unmet.some(({ outcome, recheckAt }) => outcome !== 'wait' || recheckAt !== null))
    return false
  const personal = await personalIn(context, explanation)
  return unmet.every(({ id }) => personal.has(id))
}

/** The ids of the unmet conditions that only people change, by the configuration in force. */
async function personalIn(context: Context, { promotion, unmet }: Explanation): Promise<Set<string>> {
  const approvals = await approvalGates(context, promotion)
  const personal = new Set<string>()
  for (const { id, kind } of unmet) {
    if (
      kind === 'gate' ? approvals.has(id) : id === 'pinned' || (id === 'held' && !(await isDrilled(context, promotion)))
    )
      personal.add(id)
  }
  return personal
}

/** The ids of the gates that wait for people's answers. */
async function approvalGates(context: Context, where: Place): Promise<Set<string>> {
  const gates = (await environmentsOf(context, where.project))[where.environment]?.gates ?? []
  return new Set(gates.filter(({ use }) => use === 'approval').map(({ id, use }) => id ?? use))
}

/** Whether a drill is going on there, which ends its hold by itself. */
async function isDrilled(context: Context, { project, environment }: Place): Promise<boolean> {
  const { items } = await context.ask((client) => client.listDrills({ project, environment, limit: 1 }))
  return items[0]?.state === 'running'
}
