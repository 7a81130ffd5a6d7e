import { z } from 'zod'
import { durationWithin } from '../core/duration.ts'
import { endpoint } from './endpoint.ts'
import { line, reason, time } from './wire.ts'

const key = z.object({
  id: z.string(),
  publicKey: z.string().nullable().describe('SPKI, PEM; null for an identity'),
  identity: z
    .object({ identity: z.string(), issuer: z.string(), root: z.record(z.string(), z.unknown()) })
    .nullable()
    .describe('Who signs with certificates, and the Sigstore trusted root by which these count; null for a key'),
  purpose: z.enum(['provenance', 'log']),
  createdAt: time,
  validUntil: time.nullable().describe('What it signs later does not count; null while no other has taken its place'),
  revokedAt: time.nullable(),
  revokedFrom: time.nullable().describe('What was stored before that still counts; null: nothing of it does'),
})

/** Endpoints about the public keys that signatures are checked with. */
export const keys = {
  listKeys: endpoint({
    method: 'GET',
    path: '/keys',
    permission: 'authenticated',
    summary: 'The public keys this installation signs with and trusts',
    input: z.strictObject({}),
    output: z.object({
      items: z.array(key),
    }),
  }),
  rotateKey: endpoint({
    method: 'POST',
    path: '/keys/rotate',
    permission: 'key.edit',
    summary: 'Lets another key sign from now on; what was signed before still counts. Only people may',
    input: z.strictObject({
      reason,
      overlap: durationWithin('0s', '30d')
        .default('24h')
        .describe(
          'How long what the keys before it sign still counts: servers that do not have the new one yet use them',
        ),
    }),
    output: key,
  }),
  revokeKey: endpoint({
    method: 'POST',
    path: '/keys/revoke',
    permission: 'key.edit',
    summary: 'Lets nothing a key has signed count any more, or nothing from some moment on. Only people may',
    input: z.strictObject({
      id: line(200).describe('As the list shows it'),
      reason,
      from: time.exactOptional().describe('What was stored here before that still counts'),
    }),
    output: key,
  }),
}
