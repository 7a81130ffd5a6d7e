import { z } from 'zod'
import type { Api } from '../api/api.ts'
import type { App } from '../app/app.ts'
import type { Actor } from '../core/actor.ts'
import { digestOfJson } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Reply } from '../core/reply.ts'
import type { Transaction } from '../core/store.ts'

/** A POST that carries an idempotency key. */
export interface KeyedRequest {
  actor: Actor
  key: string
  endpoint: keyof Api
  input: Record<string, unknown>
  /** What was stored under the key before, as far as known. */
  earlier: Reply | null
}

const stored = z.strictObject({ request: z.string(), answer: z.string() })

/**
 * Runs a verb so that its effect happens once per actor and key (I10): the encoded answer commits in the verb's own
 * transaction, and the same request gets that answer again. Another request under the key is refused with
 * `conflict`, reason `idempotency_mismatch`.
 */
export async function once(
  app: App,
  request: KeyedRequest,
  run: (app: App) => Promise<string>,
  encode: (answer: unknown) => string,
): Promise<string> {
  const { actor, key, endpoint, input, earlier } = request
  // A narrower token of the same person must not get an answer that only a wider one may ask for.
  const digest = digestOfJson({ endpoint, input, scope: actor.scope ?? {} })
  const context = `reply/${actor.id}/${key}`

  const answerOf = ({ sealed }: Reply): string => {
    const { request: first, answer } = stored.parse(JSON.parse(app.secretBox.open(sealed, context)))
    if (first === digest) return answer
    throw new Refusal('conflict', `the Idempotency-Key ${key} was used for another request; use a new one`, {
      reason: 'idempotency_mismatch',
    })
  }
  const recording = async <T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const answer = await work(tx)
    const text = JSON.stringify({ request: digest, answer: encode(answer) })
    await tx.replies.add({ actor: actor.id, key, sealed: app.secretBox.seal(text, context) })
    return answer
  }
  const store = {
    ...app.store,
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => app.store.transaction((tx) => recording(tx, work)),
  }

  if (earlier) return answerOf(earlier)
  try {
    return await run({ ...app, store })
  } catch (error) {
    // The same request may have won a race against this one: then its answer is ours too.
    const winner = await app.store.read((tx) => tx.replies.find(actor.id, key))
    if (winner) return answerOf(winner)
    throw error
  }
}

/** The key of a request; refuses one that is too short to be unique, or could not be printed. */
export function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (typeof header === 'string' && /^[!-~]{8,128}$/.test(header)) return header
  throw new Refusal('invalid', 'expected an Idempotency-Key of 8 to 128 visible ASCII characters, such as a UUID')
}
