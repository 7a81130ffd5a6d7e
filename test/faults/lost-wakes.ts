import type { Rows, WaitingRow } from './evidence.ts'

type Facts = Pick<Rows, 'waiting' | 'environments' | 'wakes' | 'now'> & {
  deployments: Pick<Rows['deployments'][number], 'environment' | 'release' | 'outcome'>[]
  approvals: Pick<Rows['approvals'][number], 'promotion' | 'by'>[]
}

/** Longer than a job that is due takes to be taken and done on a busy machine. */
const lateMilliseconds = 5000

/** What is wrong with the promotions that wait: each must name what it waits for, all of that must be so, and it must be looked at again when it says. */
export function lostWakes(facts: Facts): string[] {
  return facts.waiting.flatMap((promotion) => [...wrongReasons(promotion, facts), ...wrongWakes(promotion, facts)])
}

function wrongReasons(promotion: WaitingRow, facts: Facts): string[] {
  const { id, unmet } = promotion
  if (unmet.length === 0) return [`promotion ${id} waits for nothing`]
  const met = unmet.filter((condition) => !holdsUp(condition.id, promotion, facts))
  return met.map((condition) => `promotion ${id} waits for ${condition.id}, which is no more: ${condition.reason}`)
}

function wrongWakes({ id, recheck_at: again }: WaitingRow, { wakes, now }: Facts): string[] {
  if (again === null) return [`promotion ${id} is never looked at again`]
  if (again.getTime() < now.getTime() - lateMilliseconds)
    return [`promotion ${id} was to be looked at again at ${again.toISOString()}`]
  const inTime = wakes.some(
    (wake) => wake.promotion === id && wake.starts.getTime() <= again.getTime() + lateMilliseconds,
  )
  return inTime ? [] : [`promotion ${id} has no job that looks at it again at ${again.toISOString()}`]
}

/** Whether that condition holds a promotion up now, found out of the tables alone, by the configuration of this world. */
function holdsUp(condition: string, { id, environment, release, requested_by: by }: WaitingRow, facts: Facts): boolean {
  const here = facts.environments.find(({ name }) => name === environment)
  switch (condition) {
    case 'held':
      return here?.held === true
    case 'busy':
      return here != null && here.active !== null && here.active !== id
    case 'upstream': {
      const before = environment === 'prod' ? 'stg' : 'dev'
      return !facts.deployments.some(
        (one) => one.environment === before && one.release === release && one.outcome === 'succeeded',
      )
    }
    case 'approval':
      return !facts.approvals.some((approval) => approval.promotion === id && approval.by !== by)
    default:
      // Every release of this world is signed and has its provenance.
      return false
  }
}
