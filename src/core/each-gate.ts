/** A part of a configuration as it was read from YAML, before anything checked it. */
export type Mapping = Record<string, unknown>

/** The same configuration with every gate of every environment changed; what is not shaped like one stays as it is, for the schema to refuse. */
export function eachGate(configuration: unknown, change: (gate: Mapping) => Mapping): unknown {
  if (!isMapping(configuration) || !isMapping(configuration['environments'])) return configuration
  const environments = Object.entries(configuration['environments']).map(([name, environment]) => {
    if (!isMapping(environment) || !Array.isArray(environment['gates'])) return [name, environment]
    const gates = environment['gates'].map((gate: unknown) => (isMapping(gate) ? change(gate) : gate))
    return [name, { ...environment, gates }]
  })
  return { ...configuration, environments: Object.fromEntries(environments) as Mapping }
}

/** True for what YAML calls a mapping. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
