import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { readAnswer } from '../core/answer.ts'

const url = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s\p{Cc}]+$/u, 'expected an http or https address')
const shape = z.strictObject({ release: digest.optional(), url: url.optional(), candidateUrl: url.optional() })

/** What a script said in $LOCKFLIGHT_ANSWER: which release is live, and where the live and the new release answer. */
export type Answered = z.infer<typeof shape>

/** Reads a script's answer; refuses what is not a digest or an address. */
export function readAnswered(text: string): Answered {
  return readAnswer(text, shape)
}
