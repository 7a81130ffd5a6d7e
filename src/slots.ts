import { readCdEvent } from './core/cd-event.ts'
import { configurationSchema, type Configuration, type Slots } from './core/configuration.ts'
import { policyTests, testPolicy as run, type PolicyTestResult } from './core/policy-test.ts'
import { readConfiguration as read, readYamlAs } from './core/read-configuration.ts'
import { fillFiles } from './core/named-files.ts'
import type { FileTexts } from './core/slo-files.ts'
import { Refusal } from './core/refusal.ts'
import { deployers } from './deployers/index.ts'
import { gates } from './gates/index.ts'
import { reports } from './reports/index.ts'
import { routers } from './routers/index.ts'
import { readStatement } from './trust/statement.ts'
import { trustSettings } from './trust/trust-settings.ts'
import { verifications } from './verifications/index.ts'

/** Every built-in extension, by slot: what a configuration may name by `use:`. */
export const slots = { gates, deployers, routers, verifications, reports } satisfies Slots

const schema = configurationSchema(slots)

/** Reads a lockflight.yaml that may use any built-in extension; refuses with every problem and its place. Given the texts of the files it names, what they say is in it. */
export function readConfiguration(text: string, file: string, files?: FileTexts): Configuration {
  return read(text, file, schema, files && ((value) => fillFiles(value, files)))
}

/** Runs a team's tests of its own policy; refuses with every problem of either file and its place. */
export function testPolicy(configuration: Configuration, tests: { text: string; file: string }): PolicyTestResult[] {
  return run(readYamlAs(policyTests, { ...tests, what: 'file of policy tests' }), configuration, gates)
}

/** Readers of everything that comes from outside, by the name `conform parse --as` gives; each refuses what is not of its kind. */
export const parsers: Record<string, (bytes: Uint8Array, file: string) => unknown> = {
  ...Object.fromEntries(
    Object.entries(reports).map(([name, reader]) => [name, (bytes: Uint8Array) => reader.read(bytes)]),
  ),
  'lockflight-yaml': (bytes, file) => readConfiguration(textOf(bytes), file),
  policy: (bytes, file) => readYamlAs(trustSettings, { text: textOf(bytes), file, what: 'trust policy' }),
  statement: (bytes) => readStatement(bytes),
  cdevent: (bytes) => readCdEvent(bytes),
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('unprocessable', 'expected UTF-8, found other bytes', { reason: 'text.malformed', cause })
  }
}
