import { policyDigest, type Revision } from '../core/configuration.ts'
import type { Digest } from '../core/digest.ts'

/** The digest of an environment's policy at a moment, from all revisions of its project. */
export function policyAt(revisions: Revision[], environment: string): (moment: Date) => Digest {
  const policies = revisions
    .toSorted((a, b) => b.number - a.number)
    .flatMap(({ appliedAt, configuration }) => {
      const definition = configuration.environments[environment]
      return definition ? [{ appliedAt, digest: policyDigest(definition) }] : []
    })
  return (moment) => {
    const { digest } = policies.find(({ appliedAt }) => appliedAt <= moment) ?? policies.at(-1) ?? {}
    if (!digest) throw new Error(`environment ${environment} has promotions, and no revision that defines it`)
    return digest
  }
}
