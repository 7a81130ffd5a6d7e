import type { CheckpointSink } from '../core/checkpoint-sink.ts'
import { digestOf } from '../core/digest.ts'
import type { HttpAnswer, HttpRequest } from '../core/http-request.ts'
import { vkeyOf } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { webhookHeaders } from '../core/standard-webhooks.ts'

/** What it takes to call someone. */
export interface Webhook {
  url: string
  /** The key of the secret that both sides know. */
  key: Uint8Array
  http: (request: HttpRequest) => Promise<HttpAnswer>
}

/** Whoever listens there gets the newest checkpoint, signed by Standard Webhooks; the id is the same each time the same note is brought. Of the address only the host is told: the rest may be a secret (A21). */
export function webhookSink({ url, key, http }: Webhook): CheckpointSink {
  const name = `webhook ${/^https?:\/\/[^/?]*/.exec(url)?.[0].replace(/\/\/.*@/, '//')}`
  const call = (request: HttpRequest) =>
    http(request).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      const why = error.message.slice(error.message.indexOf('failed: '))
      throw new Refusal(error.code, `${name} ${why}`, { reason: error.reason })
    })
  return {
    name,
    async deliver({ size, note }, log) {
      const data = { origin: log.key.name, size, checkpoint: note, key: vkeyOf(log.key) }
      const body = JSON.stringify({ type: 'log.checkpoint', data })
      const id = `checkpoint_${digestOf(note).slice(7, 39)}`
      const headers = webhookHeaders(key, { id, timestamp: Math.floor(Date.now() / 1000), body })
      const answer = await call({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headers },
        body,
        timeoutSeconds: 10,
        maxBytes: 1024,
        cut: true,
      })
      // What it says is nobody's business here (A22).
      if (answer.status < 200 || answer.status > 299)
        throw new Refusal('unavailable', `${name} answered ${answer.status}`)
    },
  }
}
