import type { z } from 'zod'
import { environmentProblems } from './environment-problems.ts'
import { freezeProblems, type Freezes } from './freeze.ts'
import { nearest } from './nearest.ts'
import type { PartProblem } from './part-problem.ts'
import type { Pipeline } from './pipeline.ts'
import { jobProblems } from './pipeline-problems.ts'
import { rolloutProblems, type Rollout } from './rollout-problems.ts'
import { soundParts } from './sound-parts.ts'
import { unknownNames } from './unknown-names.ts'

type Issue = z.core.$ZodRawIssue
type Chosen = { use: string; [key: string]: unknown }

/** What was made of a file; where there are issues, it may be anything. */
interface Written {
  pipeline?: Pipeline | undefined
  environments: Record<string, { after: string[]; gates: Chosen[]; deploy: Chosen; rollout: Rollout }>
  freezes?: Freezes | undefined
}

/** What it may choose from. */
interface Known {
  gates: Record<string, { config: z.ZodObject; always?: boolean; watches?(config: unknown): string[] }>
  routers: Record<string, { deployers?: readonly string[] }>
  reports: Record<string, unknown>
}

/** What the parts of a configuration make wrong together. What by these issues does not fit its schema is left out, and all else is checked. */
export function configurationProblems(
  configuration: Partial<Written> | null,
  issues: readonly Issue[],
  { gates, routers, reports }: Known,
): PartProblem[] {
  const { pipeline, environments: written, freezes } = configuration ?? {}
  const jobs = soundParts(pipeline?.jobs, ['pipeline', 'jobs'], issues)
  const environments = soundParts(written, ['environments'], issues)
  const ofJobs = jobs ? jobProblems(jobs, Object.keys(reports)) : []
  const ofEnvironments = environments
    ? [
        ...environmentProblems(environments, gates),
        ...rolloutProblems(environments, routers),
        ...freezeProblems(soundParts(freezes, ['freezes'], issues), environments),
        ...unknownNames({ jobs, environments }, gates),
      ]
    : []
  return withNamesMeant([...ofJobs, ...ofEnvironments], issues)
}

/** To look for what was meant takes time: it is done for the first names, among the first of those they have to be one of. */
const most = { names: 20, known: 300 }

function withNamesMeant(problems: PartProblem[], issues: readonly Issue[]): PartProblem[] {
  const misnamed = new Set(issues.flatMap(({ code, path = [] }) => (code === 'invalid_key' ? [path.at(-1)] : [])))
  let looked = 0
  return problems.flatMap((problem) => {
    const { unknown } = problem
    if (!unknown || ++looked > most.names) return [problem]
    const known = unknown.known.slice(0, most.known).filter((name) => name !== unknown.own)
    const meant = nearest(unknown.name, known)
    if (meant === undefined) return [problem]
    // What is meant is called so once its own name is right, and that was said.
    if (misnamed.has(meant)) return []
    return [{ ...problem, message: `${problem.message}, did you mean ${meant}?` }]
  })
}
