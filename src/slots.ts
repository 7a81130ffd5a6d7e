import { configurationSchema, type Configuration, type Slots } from './core/configuration.ts'
import { readConfiguration as read } from './core/read-configuration.ts'
import { deployers } from './deployers/index.ts'
import { gates } from './gates/index.ts'
import { reports } from './reports/index.ts'
import { routers } from './routers/index.ts'
import { verifications } from './verifications/index.ts'

/** Every built-in extension, by slot: what a configuration may name by `use:`. */
export const slots = { gates, deployers, routers, verifications, reports } satisfies Slots

const schema = configurationSchema(slots)

/** Reads a lockflight.yaml that may use any built-in extension; refuses with every problem and its place. */
export function readConfiguration(text: string, file: string): Configuration {
  return read(text, file, schema)
}
