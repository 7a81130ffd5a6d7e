import { Counter, type Registry } from 'prom-client'
import type { EntryTally, EntryType } from '../core/entry.ts'

/** One counter over the entries of some types; its series are per project and, where said, per environment and outcome. */
interface Counting {
  name: string
  help: string
  types: EntryType[]
  /** False where callers choose the name of the environment: nobody may make series at will. */
  perEnvironment: boolean
  /** Every outcome there can be, so that a series exists before the first one; empty where entries have none. */
  outcomes: string[]
}

const countings: Counting[] = [
  {
    name: 'promotions_requested_total',
    help: 'Promotions that were asked for.',
    types: ['promotion.requested'],
    perEnvironment: true,
    outcomes: [],
  },
  {
    name: 'promotions_ended_total',
    help: 'Promotions that ended without a deployment, by how.',
    types: ['promotion.rejected', 'promotion.cancelled', 'promotion.superseded', 'promotion.expired'],
    perEnvironment: true,
    outcomes: ['rejected', 'cancelled', 'superseded', 'expired'],
  },
  {
    name: 'gate_verdicts_total',
    help: 'Answers of gates that differed from the one before, by outcome.',
    types: ['gate.passed', 'gate.waiting', 'gate.failed'],
    perEnvironment: true,
    outcomes: ['pass', 'wait', 'fail', 'inconclusive', 'error'],
  },
  {
    name: 'deployments_started_total',
    help: 'Deployments that began.',
    types: ['deploy.started'],
    perEnvironment: true,
    outcomes: [],
  },
  {
    name: 'deployments_completed_total',
    help: 'Deployments that ended, by outcome.',
    types: ['deploy.completed'],
    perEnvironment: true,
    outcomes: ['succeeded', 'failed'],
  },
  {
    name: 'rollbacks_total',
    help: 'Rollbacks that put an earlier release back.',
    types: ['rollback.executed'],
    perEnvironment: true,
    outcomes: [],
  },
  {
    name: 'drills_completed_total',
    help: 'Rollbacks that were practised, by outcome.',
    types: ['drill.completed'],
    perEnvironment: true,
    outcomes: ['succeeded', 'failed'],
  },
  {
    name: 'runs_completed_total',
    help: 'Runs of the pipeline that ended, by outcome.',
    types: ['run.completed'],
    perEnvironment: false,
    outcomes: ['succeeded', 'failed', 'cancelled'],
  },
  {
    name: 'access_denied_total',
    help: 'Attempts at what the caller may not do.',
    types: ['access.denied'],
    perEnvironment: false,
    outcomes: [],
  },
]

/** The counters of a registry, to be filled project by project from the tallies of the log, which only grow. */
export function addCounters(
  registry: Registry,
): (project: string, environments: string[], tallies: EntryTally[]) => void {
  const series = countings.map((counting) => {
    const labelNames = [
      'project',
      ...(counting.perEnvironment ? ['environment'] : []),
      ...(counting.outcomes.length > 0 ? ['outcome'] : []),
    ]
    const { name, help } = counting
    return { counting, counter: new Counter({ name: `lockflight_${name}`, help, labelNames, registers: [registry] }) }
  })
  return (project, environments, tallies) => {
    for (const { counting, counter } of series) {
      for (const labels of expected(counting, environments)) counter.inc({ project, ...labels }, 0)
      for (const tally of tallies.filter(({ type }) => counting.types.includes(type))) {
        counter.inc({ project, ...labelsOf(counting, tally) }, tally.entries)
      }
    }
  }
}

/** Counts attempts that no series of a project holds, because they name none, or one that does not exist; nobody makes a series by naming things. */
export function addDenials(registry: Registry, denials: number): void {
  new Counter({
    name: 'lockflight_installation_access_denied_total',
    help: 'Attempts at what the caller may not do, in any project or none.',
    registers: [registry],
  }).inc(denials)
}

function expected({ perEnvironment, outcomes }: Counting, environments: string[]): Record<string, string>[] {
  const places = perEnvironment ? environments.map((environment) => ({ environment })) : [{}]
  return places.flatMap((place) =>
    outcomes.length === 0 ? [place] : outcomes.map((outcome) => ({ ...place, outcome })),
  )
}

/** Where an entry names no outcome, its type does: `promotion.expired`. */
function labelsOf({ perEnvironment, outcomes }: Counting, tally: EntryTally): Record<string, string> {
  const outcome = tally.outcome === '' ? tally.type.slice(tally.type.indexOf('.') + 1) : tally.outcome
  return {
    ...(perEnvironment && { environment: tally.environment ?? '' }),
    ...(outcomes.length > 0 && { outcome }),
  }
}
