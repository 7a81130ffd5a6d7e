import type { z } from 'zod'
import { problemText } from '../core/problem-text.ts'
import { Refusal } from '../core/refusal.ts'
import { parseStrictJson, type JsonLimits } from '../core/strict-json.ts'

/** Reads JSON of that shape; a problem names the place and what was expected, and repeats nothing of the answer, since who answered may not be whom we meant (A22). */
export function parseAnswer<Answer>(
  shape: z.ZodType<Answer>,
  body: Uint8Array,
  limits: Partial<JsonLimits>,
): { answer: Answer; problem: null } | { answer: null; problem: string } {
  const json = jsonIn(body, limits)
  if (!json) return { answer: null, problem: 'it is not valid JSON' }
  const parsed = shape.safeParse(json.value, { error: problemText })
  if (parsed.success) return { answer: parsed.data, problem: null }
  const { path = [], message = '' } = parsed.error.issues[0] ?? {}
  return { answer: null, problem: [...(path.length > 0 ? [path.join('.')] : []), withoutFound(message)].join(': ') }
}

function jsonIn(body: Uint8Array, limits: Partial<JsonLimits>): { value: unknown } | null {
  try {
    return { value: parseStrictJson(body, limits) }
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

function withoutFound(message: string): string {
  return message.replace(/;? *found [^]*$/, '')
}
