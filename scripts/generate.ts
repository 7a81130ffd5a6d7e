import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { permissionTable } from '../src/access/permission-table.ts'
import { configurationJsonSchema } from '../src/core/configuration-json-schema.ts'
import { configurationSchema } from '../src/core/configuration.ts'
import { slots } from '../src/slots.ts'
import { slotPage } from './reference.ts'

/*
 * Writes every file that is made from another: `npm run generate`. CI runs it and fails when anything changed.
 */

const root = resolve(import.meta.dirname, '..')

const files: Record<string, string> = {
  'schemas/lockflight.schema.json': json(configurationJsonSchema(configurationSchema(slots))),
  'docs/reference/permissions.md': permissionTable(),
  'docs/reference/gates.md': slotPage({
    title: 'Gates',
    folder: 'gates',
    about:
      'What may stand under `gates` of an environment. Every gate also takes `id`, its name there when it is used twice, and `classes`, the classes of promotion that must pass it: by default all but `rollback`, and always all for `signature` and `provenance`.',
    implementations: slots.gates,
  }),
  'docs/reference/deployers.md': slotPage({
    title: 'Deployers',
    folder: 'deployers',
    about: 'What may stand after `deploy` of an environment.',
    implementations: slots.deployers,
  }),
  'docs/reference/routers.md': slotPage({
    title: 'Routers',
    folder: 'routers',
    about: 'What may stand after `router` of a `canary` or `blue-green` rollout.',
    implementations: slots.routers,
  }),
  'docs/reference/verifications.md': slotPage({
    title: 'Verifications',
    folder: 'verifications',
    about: 'What may stand under `verify` of an environment, and under `check` of a rollout.',
    implementations: slots.verifications,
  }),
}

for (const [path, text] of Object.entries(files)) {
  await mkdir(dirname(resolve(root, path)), { recursive: true })
  await writeFile(resolve(root, path), text)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
