import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { openApiDocument } from '../scripts/openapi.ts'
import { api } from '../src/api/api.ts'

test('the API description has every endpoint once, with the permission it needs', async () => {
  const { paths } = parse(await readFile('openapi/system.yaml', 'utf8')) as ReturnType<typeof document>
  expect(paths).toEqual(document().paths)
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(api).toSorted())
  const unsaid = operations.filter(({ operationId, description }) => {
    const { permission } = api[operationId as keyof typeof api]
    return permission !== 'authenticated' && !description.includes(`\`${permission}\``)
  })
  expect(unsaid).toEqual([])
})

function document() {
  return JSON.parse(JSON.stringify(openApiDocument(packageJson.version))) as {
    paths: Record<string, Record<string, { operationId: string; description: string }>>
  }
}
