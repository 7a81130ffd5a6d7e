import type { z } from 'zod'

type Gates = Record<string, { config: z.ZodObject; watches?(config: unknown): string[] }>
type Problem = { path: PropertyKey[]; message: string }
type Parts = Record<string, unknown>

interface Named {
  pipeline?: { jobs: Record<string, { stage: string; artifacts: { name: string }[] }> } | undefined
  environments: Record<string, { gates: Parts[]; deploy: Parts }>
}

/** Names in a configuration that would only be missed much later: environments that gates look at, and artifacts that are to be deployed. */
export function unknownNames({ pipeline, environments }: Named, gates: Gates): Problem[] {
  const made = Object.values(pipeline?.jobs ?? {})
    .filter(({ stage }) => stage === 'package')
    .flatMap(({ artifacts }) => artifacts.map(({ name }) => name))
  return Object.entries(environments).flatMap(([name, environment]) =>
    [
      ...unknownEnvironments(environment.gates, Object.keys(environments), gates),
      // Without a pipeline the releases are made elsewhere.
      ...(pipeline ? unknownArtifact(environment.deploy, made) : []),
    ].map(({ path, message }) => ({ path: ['environments', name, ...path], message })),
  )
}

function unknownEnvironments(chosen: Parts[], known: string[], gates: Gates): Problem[] {
  return chosen.flatMap((parts, index) => {
    const gate = gates[String(parts['use'])]
    const own = Object.entries(parts).filter(([key]) => gate && Object.hasOwn(gate.config.shape, key))
    const settings = gate?.config.safeParse(Object.fromEntries(own))
    const watched = settings?.success ? (gate?.watches?.(settings.data) ?? []) : []
    return watched
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['gates', index, ...keyOf(parts, name)],
        message: `expected an environment of this file, found ${name}; there are ${known.join(', ')}`,
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

function unknownArtifact({ artifact }: Parts, made: string[]): Problem[] {
  if (typeof artifact !== 'string' || made.includes(artifact)) return []
  const there = made.length > 0 ? `they make ${made.join(', ')}` : 'they make none'
  return [
    {
      path: ['deploy', 'artifact'],
      message: `expected an artifact of a \`package\` job, found ${artifact}; ${there}`,
    },
  ]
}
