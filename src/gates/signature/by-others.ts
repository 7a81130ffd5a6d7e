import { z } from 'zod'
import { nameOf, readPublicKey, signerOf } from '../../core/admission.ts'
import type { Digest } from '../../core/digest.ts'
import { Disbelieved } from '../../core/disbelieved.ts'
import type { Subject, World } from '../../core/gate.ts'
import { namedSigner, transparencyLog } from '../../core/trust-policy.ts'
import { lookAtBundles } from '../../trust/look-at-bundles.ts'
import { bundlesOf } from '../bundles-of.ts'
import {
  rootedFact,
  rootedRefusal,
  rootsOf,
  trustedAmong,
  trustedRoots,
  usedRoots,
  usualRoots,
  type RootSettings,
} from '../../trust/trusted-roots.ts'

/** Settings about who else may have signed; the others mean nothing without `by`. */
export const byOthers = {
  by: z
    .array(namedSigner)
    .min(1)
    .max(100)
    .optional()
    .describe('Who may have signed besides this installation; whatever statement it is, or the artifact itself'),
  roots: trustedRoots.optional(),
  'transparency-log': transparencyLog
    .unwrap()
    .optional()
    .describe('Whether signatures by keys must be in a public log, as when absent; those by certificates always must'),
}
type ByOthers = z.output<z.ZodObject<typeof byOthers>>

/** What others have signed, as far as that was proven. */
export const othersEvidence = z.strictObject({
  roots: usedRoots,
  facts: z.array(rootedFact),
  refusals: z.array(rootedRefusal),
})
type OthersEvidence = z.output<typeof othersEvidence>

/** Null where nobody else is named. */
export async function observeOthers({ by, roots: chosen }: ByOthers, subject: Subject, world: World) {
  if (!by) return null
  const roots = rootsOf(rootsIn(chosen))
  const keys = by.flatMap((signer) => ('key' in signer ? [readPublicKey(signer.key)] : []))
  const bundles = await bundlesOf(subject, world, keys)
  const seen = lookAtBundles({ bundles, artifacts: subject.release.artifacts, keys, roots })
  return { roots: roots.map(({ name, digest }) => ({ name, digest })), ...seen }
}

/** Which artifacts others have signed who count, who they are, and why the rest does not count. */
export interface SignedByOthers {
  artifacts: Digest[]
  signers: string[]
  problems: string[]
}

/** Pure; nothing where nobody else is named. */
export function signedByOthers(settings: ByOthers, evidence: OthersEvidence | null): SignedByOthers {
  const found: SignedByOthers = { artifacts: [], signers: [], problems: [] }
  if (!settings.by || !evidence) return found
  const rules = { signers: settings.by, 'transparency-log': settings['transparency-log'] ?? true }
  const trusted = trustedAmong(evidence.roots, rootsIn(settings.roots))
  for (const fact of evidence.facts.filter(({ root }) => trusted.has(root))) {
    try {
      found.signers.push(nameOf(signerOf(fact, rules, null)))
      found.artifacts.push(fact.artifact)
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      found.problems.push(`${fact.bundle}: ${error.reason}, ${error.message}`)
    }
  }
  const refused = evidence.refusals.map(({ bundle, reason, detail }) => `${bundle}: ${reason}, ${detail}`)
  return { ...found, problems: [...found.problems, ...refused] }
}

function rootsIn(chosen: RootSettings | undefined): RootSettings {
  return chosen ?? usualRoots
}
