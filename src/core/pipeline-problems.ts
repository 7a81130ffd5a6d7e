import { factsOfCondition } from './job-condition.ts'
import { cycleIn, outputVariable, type JobDefinition } from './pipeline.ts'
import { listed, type PartProblem } from './part-problem.ts'
import { found } from './problem-text.ts'
import { Refusal } from './refusal.ts'

/** Jobs by name, each without the keys that are wrong in themselves. */
type SoundJobs = Record<string, Partial<JobDefinition>>

/** What no run of these jobs could do: jobs that need an unknown job or each other in a circle, conditions that say nothing, reports that nobody can read, names that mean two things. */
export function jobProblems(jobs: SoundJobs, reports: string[]): PartProblem[] {
  const names = Object.keys(jobs)
  const each = Object.entries(jobs).flatMap(([name, job]) =>
    [
      ...unknownNeeds(job, jobs, { own: name, known: names }),
      ...conditionProblems(job, jobs),
      ...sameVariables(job, jobs),
      ...sameArtifacts(job, jobs),
      ...unknownReports(job, reports),
    ].map((problem) => ({ ...problem, path: ['pipeline', 'jobs', name, ...problem.path] })),
  )
  const cycle = cycleIn(Object.fromEntries(Object.entries(jobs).map(([name, { needs = [] }]) => [name, needs])))
  if (!cycle) return each
  const path = ['pipeline', 'jobs', cycle[0] ?? '', 'needs']
  return [...each, { path, message: `expected no cycle, found ${cycle.join(' → ')}` }]
}

function unknownNeeds(
  { needs = [] }: Partial<JobDefinition>,
  jobs: SoundJobs,
  names: { own: string; known: string[] },
): PartProblem[] {
  return needs.flatMap((needed, index) =>
    Object.hasOwn(jobs, needed)
      ? []
      : [
          {
            path: ['needs', index],
            message: `expected a job of this pipeline, found ${needed}`,
            unknown: { name: needed, ...names },
          },
        ],
  )
}

function conditionProblems({ if: condition, needs }: Partial<JobDefinition>, jobs: SoundJobs): PartProblem[] {
  if (condition === undefined) return []
  try {
    const facts = factsOfCondition(condition)
    // One of those that are needed may be called otherwise, and that is said there.
    if (!needs?.every((needed) => Object.hasOwn(jobs, needed))) return []
    const absent = facts.flatMap((path) => absentFact(path, needs, jobs))
    return [...new Map(absent.map((problem) => [problem.message, problem])).values()]
  } catch (error) {
    if (error instanceof Refusal) return [{ path: ['if'], message: error.message }]
    throw error
  }
}

/** A job sees the outputs of the jobs it needs, and nothing else of any. */
function absentFact([root, of, key, output]: string[], needs: string[], jobs: SoundJobs): PartProblem[] {
  if (root !== 'needs' || of === undefined) return []
  const absent = (expected: string, name: string, known: string[]): PartProblem[] => [
    { path: ['if'], message: `expected ${expected}, found ${found(name)}`, unknown: { name, known } },
  ]
  if (!needs.includes(of)) return absent(`a job that this one \`needs\` (${listed(needs, 'it needs none')})`, of, needs)
  if (key !== undefined && key !== 'outputs') return absent(`needs.${of}.outputs`, `needs.${of}.${key}`, [])
  const declared = jobs[of]?.outputs
  if (output === undefined || declared === undefined || declared.includes(output)) return []
  return absent(`an output that ${of} declares (${listed(declared, 'it declares none')})`, output, declared)
}

/** `b-c` of job `a` and `c` of job `a-b` would reach their job under one name. */
function sameVariables({ needs = [] }: Partial<JobDefinition>, jobs: SoundJobs): PartProblem[] {
  const variables = needs.flatMap((needed) =>
    (jobs[needed]?.outputs ?? []).map((output) => outputVariable(needed, output)),
  )
  const twice = repeated(variables)
  return twice === undefined
    ? []
    : [{ path: ['needs'], message: `expected outputs to differ as variables, found ${twice} twice; rename one` }]
}

/** A job's own artifacts, and those it gets, lie in one folder each. */
function sameArtifacts({ artifacts = [], needs = [] }: Partial<JobDefinition>, jobs: SoundJobs): PartProblem[] {
  const given = needs.flatMap((needed) => jobs[needed]?.artifacts ?? [])
  const places = { artifacts, needs: given }
  return Object.entries(places).flatMap(([key, list]) => {
    const twice = repeated(list.map(({ name }) => name))
    return twice === undefined
      ? []
      : [{ path: [key], message: `expected artifacts to differ by name, found ${twice} twice; rename one` }]
  })
}

function unknownReports({ reports = [] }: Partial<JobDefinition>, known: string[]): PartProblem[] {
  return reports.flatMap(({ use }, index) =>
    known.includes(use)
      ? []
      : [
          {
            path: ['reports', index, 'use'],
            message: `expected one of ${known.join(', ')}, found ${found(use)}`,
            unknown: { name: use, known },
          },
        ],
  )
}

function repeated(names: string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}
