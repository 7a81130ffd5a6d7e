import { z } from 'zod'
import { linearFunctions } from './cel.ts'
import { timeLimit } from './duration.ts'
import { jobSecret, jobVariable } from './job-variable.ts'
import { artifactName, eachOnce, insidePath, slug } from './names.ts'
import { oneWayChange } from './one-way.ts'

/*
 * The `pipeline` section of lockflight.yaml. Like every configuration schema it has no transforms:
 * what was parsed can be stored, hashed and parsed again with the same result.
 */

const environmentVariables = z
  .record(jobVariable, z.string())
  .describe('Environment variables; not those that Lockflight or every shell sets, such as LOCKFLIGHT_* and IFS')

const step = z.strictObject({
  name: z.string().max(128).optional().describe('What people see in the log; the first line of `run` when absent'),
  run: z.string().min(1).describe('A script for bash, run with -e -o pipefail'),
  env: environmentVariables.optional(),
  'working-directory': insidePath.optional(),
  'allow-failure': z
    .boolean()
    .default(false)
    .describe('Go on when this step fails, so that a gate can judge the report'),
})

const artifact = z.strictObject({
  name: artifactName,
  path: insidePath.describe('The file, relative to the checkout'),
})

const job = z.strictObject({
  stage: z.enum(['build', 'test', 'package']).describe('Artifacts of `package` jobs make up the release'),
  needs: eachOnce(slug).default([]).describe('Jobs that must have succeeded before this one starts'),
  if: z
    .string()
    .optional()
    .describe(
      'A CEL expression over `branch`, `commit` and `needs.<job>.outputs`; the job is skipped when it is false. ' +
        `It may call only functions that take time in proportion to their input, so no loops over lists and no regular expressions: ${linearFunctions.join(', ')}`,
    ),
  retries: z.int().min(0).max(10).default(0),
  timeout: timeLimit.default('30m'),
  env: environmentVariables.optional(),
  secrets: eachOnce(jobSecret).default([]).describe('Secrets this job gets as environment variables'),
  steps: z.array(step).min(1).max(1000),
  outputs: eachOnce(slug)
    .default([])
    .describe('Values handed to the jobs that need this one: each is what a step wrote to $LOCKFLIGHT_OUTPUTS/<name>'),
  reports: z
    .array(z.strictObject({ use: z.string(), path: insidePath }))
    .default([])
    .describe('Reports that gates judge'),
  artifacts: z.array(artifact).default([]).describe('Files kept by their SHA-256'),
})

/** How a release is built: jobs and what each needs. */
export const pipeline = z.strictObject({
  env: environmentVariables.optional(),
  release: z
    .strictObject({
      'one-way': z
        .array(oneWayChange)
        .max(100)
        .superRefine((changes, context) => {
          const ids = changes.map(({ id }) => id)
          const twice = ids.find((id, index) => ids.indexOf(id) < index)
          if (twice === undefined) return
          context.addIssue({ code: 'custom', message: `expected changes to differ by id, found ${twice} twice` })
        })
        .default([])
        .describe('Changes that no rollback can undo'),
    })
    .optional(),
  jobs: z.record(slug, job).refine((jobs) => Object.keys(jobs).length > 0, 'expected at least one job'),
})

export type Pipeline = z.infer<typeof pipeline>
export type JobDefinition = z.infer<typeof job>
export type StepDefinition = z.infer<typeof step>

/** The variable in which a job's output reaches the jobs that need it: `digest` of `build-app` is OUTPUT_BUILD_APP_DIGEST. */
export function outputVariable(of: string, output: string): string {
  return `OUTPUT_${of}_${output}`.toUpperCase().replaceAll('-', '_')
}

/** One circle in a graph given as each node's predecessors, first node repeated at the end; undefined when there is none. */
export function cycleIn(graph: Record<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  const walk = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of Object.hasOwn(graph, node) ? (graph[node] ?? []) : []) {
      const cycle = walk(next, [...path, node])
      if (cycle) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of Object.keys(graph)) {
    const cycle = walk(node, [])
    if (cycle) return cycle
  }
  return undefined
}
