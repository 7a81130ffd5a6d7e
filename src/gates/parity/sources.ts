import { z } from 'zod'
import { insidePath, slug, variableName } from '../../core/names.ts'
import { outsideUrl } from '../../core/outside-url.ts'

const name = slug.describe('The first name of the paths of its facts')

/** Where facts of two environments come from: `here` is this environment, `there` the other. */
export const factSource = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('file'), name, here: insidePath, there: insidePath }),
  z.strictObject({
    use: z.literal('http'),
    name,
    here: outsideUrl,
    there: outsideUrl,
    'secret-headers': z
      .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header'), variableName)
      .default({}),
  }),
  z.strictObject({
    use: z.literal('command'),
    name,
    run: z.string().min(1),
    env: z.record(variableName, z.string()).default({}),
  }),
  z.strictObject({ use: z.literal('inspect'), name }),
])
export type FactSource = z.output<typeof factSource>
