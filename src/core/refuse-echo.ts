import type { HttpAnswer } from './http-request.ts'
import { Refusal } from './refusal.ts'

/** Refuses an answer that gives a secret back, which would put it into evidence, reasons and the log (A21). Secrets are given by name. */
export function refuseEcho({ type, headers, body }: HttpAnswer, secrets: Record<string, string>): void {
  const told = [Buffer.from(body), ...[type, ...Object.values(headers)].map((text) => Buffer.from(text))]
  for (const [name, value] of Object.entries(secrets)) {
    const spelled = [value, value.replace(/^\S+ /, ''), JSON.stringify(value).slice(1, -1)]
    // The content type was read in lower case.
    const echoes = [...spelled, ...spelled.map((each) => each.toLowerCase())].filter((each) => each !== '')
    if (echoes.some((each) => told.some((part) => part.includes(each)))) {
      throw new Refusal('unavailable', `the answer repeats the secret ${name}, and is not read`, {
        reason: 'outside.echo',
      })
    }
  }
}
