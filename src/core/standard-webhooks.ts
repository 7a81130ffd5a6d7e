import { createHmac } from 'node:crypto'

/** What makes a message one of its kind: the same id for every try to deliver it. */
interface Message {
  id: string
  /** Whole seconds since 1970. */
  timestamp: number | string
  body: string | Uint8Array
}

/** The key of a secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64; null for anything else. */
export function webhookKey(secret: string): Buffer | null {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.trim())?.[1]
  if (encoded === undefined) return null
  const key = Buffer.from(encoded, 'base64')
  return key.toString('base64') === encoded && key.length >= 24 && key.length <= 64 ? key : null
}

/** The headers that prove who sent a body and when (Standard Webhooks 1.0.0, symmetric signatures). */
export function webhookHeaders(key: Uint8Array, { id, timestamp, body }: Message): Record<string, string> {
  const signature = webhookMac(key, { id, timestamp, body }).toString('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}

/** What is signed, and how: HMAC-SHA-256 over `id.timestamp.body`. */
export function webhookMac(key: Uint8Array, { id, timestamp, body }: Message): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
}
