import type { EnvironmentDefinition } from '../../src/core/configuration.ts'
import { gatesOf, observeAll } from '../../src/core/evaluate.ts'
import type { Gate, Subject, Verdict, World } from '../../src/core/gate.ts'
import { readConfiguration, slots } from '../../src/slots.ts'
import { patient, subject, worldOf, type Facts } from '../rig/gate-world.ts'

/** What one gate says of different situations, for its reference page and its tests. */
export interface GateExample {
  /** The gate as it stands in the list under `gates`. */
  yaml: string
  /** One for each outcome that it knows, at least. */
  scenarios: [Scenario, ...Scenario[]]
  /** Outcomes that it never gives. */
  never: Verdict['outcome'][]
}

/** Release 7-ccccccc of shop by carol is to go to prod, after stg; alice asks for it on Monday, 2026-11-23 at 12:00 UTC. */
export interface Scenario {
  /** What is different here, as people would say it. */
  when: string
  says: Verdict['outcome']
  facts?: Facts
  about?: Partial<Subject>
}

/** The settings of an example, read from its YAML as any configuration is. */
export function definitionOf({ yaml }: GateExample): EnvironmentDefinition {
  const gate = yaml.trimEnd().replaceAll('\n', '\n      ')
  const text = `project: shop\nenvironments:\n  stg: { deploy: { use: command, run: 'true' } }\n  prod:\n    after: [stg]\n    deploy: { use: command, run: 'true' }\n    gates:\n      ${gate}\n`
  const { environments } = readConfiguration(text, 'example.yaml')
  const definition = environments['prod']
  if (!definition) throw new Error('the example has no prod')
  return definition
}

/** What the gate really says: settings read, world seen, evidence judged. */
export async function verdictIn(example: GateExample, { facts = {}, about = {} }: Omit<Scenario, 'when' | 'says'>) {
  return verdictOf(example, worldOf(facts), { ...subject, ...about })
}

/** What the gate says when everything it asks is down. */
export async function verdictWithoutWorld(example: GateExample): Promise<Verdict> {
  const down = () => {
    throw new Error('it is down')
  }
  const nothing = new Proxy({}, { get: () => down })
  return verdictOf(example, { records: nothing, outside: nothing, timeoutSeconds: 60 } as unknown as World, subject)
}

async function verdictOf(example: GateExample, world: World, about: Subject): Promise<Verdict> {
  const gates: Record<string, Gate> = slots.gates
  const definition = definitionOf(example)
  const [use] = definition.gates.map((gate) => gate.use)
  const required = gatesOf(definition, about.promotion.class, gates).filter((gate) => gate.use === use)
  const request = { required, gates, subject: about, world, newId: () => 'e1', within: patient }
  const [made] = await observeAll({ ...request, brokenRecords: 'judge' })
  if (!made) throw new Error(`${use} does not apply to a promotion of class ${about.promotion.class}`)
  return made.verdict
}
