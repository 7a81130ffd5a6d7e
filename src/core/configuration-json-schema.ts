import { z } from 'zod'
import type { configurationSchema } from './configuration.ts'

/** The configuration's schema as JSON Schema draft-7, for editors. What only our reader can check (circles, unknown names) is not in it. */
export function configurationJsonSchema(schema: ReturnType<typeof configurationSchema>): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', override: allowBareScalars })
  return { $schema, title: 'lockflight.yaml', ...rest }
}

/** Our reader takes a bare `8080` or `true` as the text that was written; an editor should not underline it. */
function allowBareScalars({ jsonSchema }: { jsonSchema: { type?: unknown; additionalProperties?: unknown } }): void {
  const values = jsonSchema.additionalProperties
  if (typeof values === 'object' && values !== null && 'type' in values && values.type === 'string') {
    values.type = ['string', 'number', 'boolean']
  }
}
