import { verdictIn, type GateExample } from '../test/gate-examples/gate-example.ts'
import { gateExamples } from '../test/gate-examples/gate-examples.ts'

/** The example of each gate for the reference page: its YAML, and a table of what it said just now of each scenario. */
export async function gateExampleTexts(): Promise<Record<string, string[]>> {
  const texts = Object.entries(gateExamples).map(async ([name, example]) => [name, await textOf(example)] as const)
  return Object.fromEntries(await Promise.all(texts))
}

async function textOf(example: GateExample): Promise<string[]> {
  const rows = await Promise.all(
    example.scenarios.map(async (scenario) => {
      const { outcome, reason } = await verdictIn(example, scenario)
      return `| ${scenario.when} | \`${outcome}\` | ${cell(reason)} |`
    }),
  )
  return [
    '```yaml',
    'gates:',
    ...example.yaml.split('\n').map((line) => `  ${line}`),
    '```',
    '',
    '| when | it says | because |',
    '|--|--|--|',
    ...rows,
  ]
}

/** Without what differs each time: the ids of keys, and digests. */
function cell(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replaceAll(/[A-Za-z0-9+/]{43}=/g, '…')
    .replaceAll('|', '\\|')
}
