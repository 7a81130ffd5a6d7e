import { z } from 'zod'
import { endpoint } from './endpoint.ts'
import { time } from './wire.ts'

/** Endpoints about the public keys that signatures are checked with. */
export const keys = {
  listKeys: endpoint({
    method: 'GET',
    path: '/keys',
    permission: 'authenticated',
    summary: 'The public keys this installation signs with and trusts',
    input: z.strictObject({}),
    output: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          publicKey: z.string().describe('SPKI, PEM'),
          purpose: z.enum(['provenance', 'log']),
          createdAt: time,
          revokedAt: time.nullable(),
        }),
      ),
    }),
  }),
}
