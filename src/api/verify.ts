import { z } from 'zod'
import { buildClaims } from '../core/build-claims.ts'
import { digest } from '../core/digest.ts'
import { disbeliefs } from '../core/disbelieved.ts'
import { endpoint } from './endpoint.ts'

/** Endpoints that check what others have signed, about no project. */
export const verify = {
  verifyArtifact: endpoint({
    method: 'POST',
    path: '/verify',
    permission: 'authenticated',
    summary: 'Says whether a trust policy lets a file in, and if not, why; nothing is stored',
    costly: true,
    input: z.strictObject({
      artifact: digest,
      sha512: z
        .string()
        .regex(/^[0-9a-f]{128}$/, 'expected 128 lower-case hexadecimal digits')
        .exactOptional()
        .describe('Of the same file, for signatures that name it so, as npm does'),
      bundles: z
        .array(z.string().max(1024 * 1024))
        .min(1)
        .max(20)
        .describe('Sigstore bundles as text, or documents that hold several'),
      policy: z.string().max(256_000).describe('What a `provenance` gate has under `trust`, as YAML or JSON'),
    }),
    output: z.object({
      verdict: z.enum(['accepted', 'refused']),
      reason: z.enum(disbeliefs).nullable().describe('Null when it is accepted'),
      detail: z.string(),
      claims: z.object(buildClaims.shape).nullable(),
      signers: z.array(z.string()),
    }),
  }),
}
