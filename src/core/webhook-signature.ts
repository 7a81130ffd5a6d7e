import { createHmac, timingSafeEqual } from 'node:crypto'
import { webhookKey, webhookMac } from './standard-webhooks.ts'

/** Headers by lower-case name. */
type Headers = Record<string, string | undefined>

/** Whether GitHub signed this body: `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA-256 in hexadecimal (GitHub, "Validating webhook deliveries"). The SHA-1 header is not looked at. */
export function isSignedByGithub(headers: Headers, body: Uint8Array, secret: string): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(headers['x-hub-signature-256'] ?? '') ?? []
  if (hex === undefined || secret === '') return false
  return timingSafeEqual(Buffer.from(hex, 'hex'), createHmac('sha256', secret).update(body).digest())
}

/**
 * Whether a delivery was signed as Standard Webhooks 1.0 says (see `webhookMac`): one of the `v1,` signatures fits,
 * the `whsec_` before the key may be missing. Whether its time is near and its id is new is for whoever has a clock and a memory.
 */
export function isStandardWebhook(headers: Headers, body: Uint8Array, secret: string): boolean {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = headers
  const key = webhookKey(secret.startsWith('whsec_') ? secret : `whsec_${secret}`)
  if (!key || id === '' || id.includes('.') || !/^(0|[1-9][0-9]{0,15})$/.test(timestamp)) return false
  const expected = webhookMac(key, { id, timestamp, body })
  return signatures.split(' ').some((signature) => {
    const [, encoded] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature) ?? []
    return encoded !== undefined && timingSafeEqual(Buffer.from(encoded, 'base64'), expected)
  })
}
