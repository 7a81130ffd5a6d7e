import { z } from 'zod'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

const logLoss = z.strictObject({
  size: z.int().min(1),
  root: z.string(),
  by: z.string().min(1),
  reason: z.string().min(1),
})

/** Someone's word that the end of a log is lost for good: which signed checkpoint they give up, its root in base64, and why. */
export type LogLoss = z.infer<typeof logLoss>

/** Reads such a word from a file; refuses anything else, naming the file. */
export function readLogLoss(text: string, file: string): LogLoss {
  const { data, error } = logLoss.safeParse(parseStrictJson(text))
  if (data) return data
  const problems = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ')
  throw new Refusal('unprocessable', `${file} is not what \`lockflight audit accept-loss\` writes: ${problems}`)
}
