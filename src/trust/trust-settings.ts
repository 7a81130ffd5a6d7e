import type { z } from 'zod'
import { trustPolicy } from '../core/trust-policy.ts'
import { keyProblems, trustedRoots, usualRoots } from './trusted-roots.ts'

/** A trust policy, and the roots that its signatures are checked against. */
export const trustSettings = trustPolicy
  .safeExtend({ roots: trustedRoots.default(usualRoots) })
  .superRefine(({ signers }, context) => {
    for (const { path, message } of keyProblems(signers)) {
      context.addIssue({ code: 'custom', path: ['signers', ...path], message })
    }
  })
export type TrustSettings = z.output<typeof trustSettings>
