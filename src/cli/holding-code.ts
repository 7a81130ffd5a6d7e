import type { Answer } from './answer.ts'
import type { Context } from './context.ts'
import { environmentsOf } from './environments-of.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'

type Explanation = Answer<'explainPromotion'>

/** What keeps a promotion from going on, as an exit code: a gate that says no, people who have not answered, or nothing. */
export async function holdingCode(context: Context, explanation: Explanation): Promise<ExitCode> {
  const { promotion, unmet } = explanation
  if (unmet.some(({ outcome }) => outcome !== 'wait')) return exitCodes.blocked
  const approvals = await approvalGates(context, promotion)
  return unmet.some(({ id }) => approvals.has(id)) ? exitCodes.awaitingApproval : exitCodes.ok
}

/** True when nothing but people's answers is missing. */
export async function waitsOnlyForPeople(context: Context, { promotion, unmet }: Explanation): Promise<boolean> {
  if (unmet.length === 0 || unmet.some(({ outcome, recheckAt }) => outcome !== 'wait' || recheckAt !== null))
    return false
  const approvals = await approvalGates(context, promotion)
  return unmet.every(({ id }) => approvals.has(id))
}

/** The ids of the gates that wait for people's answers, as the configuration in force names them. */
async function approvalGates(context: Context, where: { project: string; environment: string }): Promise<Set<string>> {
  const gates = (await environmentsOf(context, where.project))[where.environment]?.gates ?? []
  return new Set(gates.filter(({ use }) => use === 'approval').map(({ id, use }) => id ?? use))
}
