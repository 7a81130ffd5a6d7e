import { z } from 'zod'
import { permissions } from '../core/access.ts'
import { duration } from '../core/duration.ts'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { actor, id, line, time } from './wire.ts'

const token = z.object({
  id: z.string(),
  owner: z.string(),
  label: z.string(),
  scope: z.object({ project: z.string().exactOptional(), permissions: z.array(z.string()).exactOptional() }),
  createdAt: time,
  expiresAt: time,
  revokedAt: time.nullable(),
})

/** Endpoints about credentials; a secret text is shown once, when it is made. */
export const tokens = {
  createToken: endpoint({
    method: 'POST',
    path: '/tokens',
    permission: 'token.edit',
    summary: 'A credential for the API; people may make their own without the permission',
    input: z.strictObject({
      owner: actor.exactOptional().describe('You, when absent'),
      label: line(128).describe('What it is for'),
      project: slug.exactOptional().describe('Only for this project'),
      permissions: z.array(z.enum(permissions)).min(1).exactOptional().describe('Only for these'),
      expiresAfter: duration.default('90d').describe('At most 366d'),
    }),
    output: z.object({ token, secret: z.string().describe('Shown this once') }),
  }),
  listTokens: endpoint({
    method: 'GET',
    path: '/tokens',
    permission: 'authenticated',
    summary: 'Your tokens, or with token.edit those of anyone',
    input: z.strictObject({ owner: actor.exactOptional(), all: z.boolean().default(false) }),
    output: z.object({ items: z.array(token) }),
  }),
  revokeToken: endpoint({
    method: 'POST',
    path: '/tokens/:id/revoke',
    permission: 'token.edit',
    summary: 'Ends a token at once; people may end their own without the permission',
    input: z.strictObject({ id }),
    output: token,
  }),
}
