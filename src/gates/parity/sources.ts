import { z } from 'zod'
import { insidePath, slug, variableName } from '../../core/names.ts'
import { outsideUrl } from '../../core/outside-url.ts'
import { headersOfSecrets } from '../headers-of-secrets.ts'

const name = slug.describe('The first name of the paths of its facts')

/** Where facts of two environments come from: `here` is this environment, `there` the other. */
export const factSource = z.discriminatedUnion('use', [
  z.strictObject({
    use: z.literal('file'),
    name,
    here: insidePath.describe('A path in the repository; YAML when it ends with .yaml or .yml, else JSON'),
    there: insidePath.describe('The same for the other environment'),
  }),
  z.strictObject({
    use: z.literal('http'),
    name,
    here: outsideUrl.describe('Where this environment answers'),
    there: outsideUrl.describe('Where the other one does'),
    'secret-headers': headersOfSecrets,
  }),
  z.strictObject({
    use: z.literal('command'),
    name,
    run: z.string().min(1).describe('A script for bash; what it prints is never shown'),
    env: z.record(variableName, z.string()).default({}).describe('More environment variables'),
  }),
  z.strictObject({ use: z.literal('inspect'), name }),
])
export type FactSource = z.output<typeof factSource>
