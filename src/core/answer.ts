import type { z } from 'zod'
import { problemText, withFound } from './problem-text.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

const limits = { maxBytes: 64 * 1024, maxDepth: 8 }

/** Reads what a script wrote to $LOCKFLIGHT_ANSWER: one JSON object of that shape, an empty one when it wrote nothing. Refuses everything else with reason `answer_invalid`, so that a misspelt key is not lost. */
export function readAnswer<Answer>(text: string, shape: z.ZodType<Answer>): Answer {
  const parsed = shape.safeParse(jsonOf(text), { error: problemText, reportInput: true })
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message, input }) =>
    [...(path.length > 0 ? [path.join('.')] : []), withFound(message.replaceAll('\n', '; '), input)].join(': '),
  )
  throw unreadable(problems.join('; '), parsed.error)
}

function jsonOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return parseStrictJson(text, limits)
  } catch (error) {
    if (error instanceof Refusal) throw unreadable(error.message, error)
    throw error
  }
}

function unreadable(why: string, cause: unknown): Refusal {
  return new Refusal('unprocessable', `what the script wrote to $LOCKFLIGHT_ANSWER cannot be read: ${why}`, {
    reason: 'answer_invalid',
    cause,
  })
}
