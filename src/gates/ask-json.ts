import type { z } from 'zod'
import type { GateOutside } from '../core/gate.ts'
import type { GateRequest } from '../core/http-request.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { parseAnswer } from './parse-answer.ts'

const maxBytes = 64 * 1024

/** What a service said, or why that is nothing to judge by. */
export type Said<Answer> = { answer: Answer; problem: null } | { answer: null; problem: string }

/** Posts JSON and reads the one answer that counts: status 200, application/json, of exactly that shape. Everything else is a problem, told without a word of the answer. */
export async function askJson<Answer>(
  shape: z.ZodType<Answer>,
  {
    body,
    ...request
  }: Pick<GateRequest, 'url' | 'secretHeaders' | 'signedWith' | 'timeoutSeconds'> & { body: unknown },
  outside: GateOutside,
): Promise<Said<Answer>> {
  try {
    const {
      status,
      type,
      body: bytes,
    } = await outside.http({
      ...request,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      maxBytes,
    })
    if (status !== 200) return wrong(`the service answered ${status}, not 200`)
    if (type !== 'application/json') return wrong(`the service answered with ${type || 'no content type'}, not JSON`)
    const { answer, problem } = parseAnswer(shape, bytes, { maxBytes, maxDepth: 8 })
    return problem === null ? { answer, problem } : wrong(`the answer of the service is not as agreed: ${problem}`)
  } catch (error) {
    if (error instanceof Refusal) return wrong(error.message)
    throw error
  }
}

function wrong(problem: string): { answer: null; problem: string } {
  return { answer: null, problem: oneLine(problem, 500) }
}
