import { z } from 'zod'
import { api } from './api.ts'
import { time } from './wire.ts'

/** The text of `calls.ts`: what the client needs to know at run time, so that it starts without loading any schema. */
export function callTable(): string {
  const lines = Object.entries(api).map(
    ([name, { method, path, output }]) =>
      `  ${name}: { method: '${method}', path: '${path}', times: [${timesIn(output)
        .map((at) => `'${at}'`)
        .join(', ')}] },`,
  )
  return [
    '// Generated from the endpoints by `npm run generate`.',
    "import type { Api } from './api.ts'",
    '',
    '/** How each endpoint is called; `times` are the places in its answer that hold a moment. */',
    "export const calls: Record<keyof Api, { method: 'GET' | 'POST'; path: string; times: string[] }> = {",
    ...lines,
    '}',
    '',
  ].join('\n')
}

/** Dotted paths of all times in a schema; `*` is any element. */
function timesIn(schema: z.core.$ZodType, path: string[] = []): string[] {
  if (schema === time) return [path.join('.')]
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, value]) => timesIn(value, [...path, key]))
  }
  if (schema instanceof z.ZodArray) return timesIn(schema.element, [...path, '*'])
  if (schema instanceof z.ZodRecord) return timesIn(schema.valueType, [...path, '*'])
  const wrapped =
    schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional
  return wrapped ? timesIn(schema.unwrap(), path) : []
}
