import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { commandsPage } from '../scripts/commands-page.ts'
import { configurationJsonSchema } from '../src/core/configuration-json-schema.ts'
import { configurationSchema } from '../src/core/configuration.ts'
import { canonical } from '../src/core/digest.ts'
import { entryTypes } from '../src/core/entry.ts'
import { entryDataJsonSchema } from '../src/core/entry-data.ts'
import { readConfiguration, slots } from '../src/slots.ts'

const schema = configurationSchema(slots)

test('the JSON Schema for editors is that of the built-in extensions', async () => {
  const published: unknown = JSON.parse(await readFile('schemas/lockflight.schema.json', 'utf8'))
  expect(published).toEqual(JSON.parse(JSON.stringify(configurationJsonSchema(schema))))
})

test('the published schemas of events are those that every entry of every test is held to', async () => {
  const published: unknown = JSON.parse(await readFile('schemas/events.schema.json', 'utf8'))
  expect(published).toEqual(JSON.parse(JSON.stringify(entryDataJsonSchema())))
  expect(published).toMatchObject({ $defs: Object.fromEntries(entryTypes.map((type) => [type, { type: 'object' }])) })
})

test('the reference of the command line names every command as it is', async () => {
  expect(await readFile('docs/reference/commands.md', 'utf8')).toBe(await commandsPage())
})

test('the example parses again to what it was parsed to, with the same canonical bytes', async () => {
  const once = readConfiguration(await readFile('examples/checkout/lockflight.yaml', 'utf8'), 'lockflight.yaml')
  expect(canonical(schema.parse(once))).toBe(canonical(once))
})
