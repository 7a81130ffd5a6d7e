import type { z } from 'zod'
import { listed, type PartProblem } from './part-problem.ts'

type Gates = Record<string, { config: z.ZodObject; watches?(config: unknown): string[] }>
type Parts = Record<string, unknown>

interface Named {
  /** Undefined when there is no pipeline: then the releases are made elsewhere. */
  jobs?: Record<string, { stage?: string; artifacts?: { name: string }[] }> | undefined
  environments: Record<string, { gates?: Parts[]; deploy?: Parts }>
}

/** Names in a configuration that would only be missed much later: environments that gates look at, and artifacts that are to be deployed. What is absent of a part is not known. */
export function unknownNames({ jobs, environments }: Named, gates: Gates): PartProblem[] {
  const made = jobs && artifactsMade(Object.values(jobs))
  const known = Object.keys(environments)
  return Object.entries(environments).flatMap(([name, environment]) =>
    [
      ...unknownEnvironments(environment.gates ?? [], known, gates),
      ...(made && environment.deploy ? unknownArtifact(environment.deploy, made) : []),
    ].map((problem) => ({ ...problem, path: ['environments', name, ...problem.path] })),
  )
}

function artifactsMade(jobs: NonNullable<Named['jobs']>[string][]): string[] | undefined {
  if (jobs.some(({ stage, artifacts }) => !stage || (stage === 'package' && !artifacts))) return undefined
  return jobs.flatMap(({ stage, artifacts = [] }) => (stage === 'package' ? artifacts.map(({ name }) => name) : []))
}

function unknownEnvironments(chosen: Parts[], known: string[], gates: Gates): PartProblem[] {
  return chosen.flatMap((parts, index) => {
    const gate = gates[String(parts['use'])]
    const own = Object.entries(parts).filter(([key]) => gate && Object.hasOwn(gate.config.shape, key))
    const settings = gate?.config.safeParse(Object.fromEntries(own))
    const watched = settings?.success ? (gate?.watches?.(settings.data) ?? []) : []
    return watched
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['gates', index, ...keyOf(parts, name)],
        message: `expected an environment of this file (${listed(known, 'there is none')}), found ${name}`,
        unknown: { name, known },
      }))
  })
}

/** Where the name stands in the gate's settings, as far as that can be seen. */
function keyOf(parts: Parts, name: string): PropertyKey[] {
  for (const [key, value] of Object.entries(parts)) {
    if (value === name && key !== 'use' && key !== 'id') return [key]
    if (Array.isArray(value) && value.includes(name)) return [key, value.indexOf(name)]
  }
  return []
}

function unknownArtifact({ artifact }: Parts, made: string[]): PartProblem[] {
  if (typeof artifact !== 'string' || made.includes(artifact)) return []
  return [
    {
      path: ['deploy', 'artifact'],
      message: `expected an artifact of a \`package\` job (${listed(made, 'they make none')}), found ${artifact}`,
      unknown: { name: artifact, known: made },
    },
  ]
}
