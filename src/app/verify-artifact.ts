import type { Actor } from '../core/actor.ts'
import { admit } from '../core/admission.ts'
import type { AnyBundle } from '../core/attestation.ts'
import type { BuildClaims } from '../core/build-claims.ts'
import type { Digest } from '../core/digest.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'
import { readYamlAs } from '../core/read-configuration.ts'
import { bundlesIn, refuseMany } from '../trust/bundles-in.ts'
import { keysOf } from '../trust/facts.ts'
import { lookInTurns } from '../trust/look-in-turns.ts'
import { rootsOf } from '../trust/trusted-roots.ts'
import { trustSettings } from '../trust/trust-settings.ts'
import type { App } from './app.ts'

/** What is asked about one file. */
export interface VerifyInput {
  artifact: Digest
  /** What npm names it by; only needed for what names it so. */
  sha512?: string
  /** Documents with bundles; see `bundlesIn`. */
  bundles: string[]
  /** What a `provenance` gate has under `trust`, as YAML or JSON. */
  policy: string
}

/** Whether a policy lets a file in, and if not, the one word and the sentence why. */
export type VerifiedArtifact =
  | { verdict: 'accepted'; reason: null; detail: string; claims: BuildClaims; signers: string[] }
  | { verdict: 'refused'; reason: Disbelief; detail: string; claims: null; signers: never[] }

/** Says what the gate `provenance` would say of one file, about no release at all; nothing is stored. */
export async function verifyArtifact(
  app: App,
  _: Actor,
  { artifact, sha512, bundles, policy: text }: VerifyInput,
): Promise<VerifiedArtifact> {
  const policy = readYamlAs(trustSettings, { text, file: 'policy', what: 'trust policy' })
  const roots = rootsOf(policy.roots)
  const at = await app.store.read(async (tx) => tx.now)
  try {
    const seen = await lookInTurns({
      bundles: readAll(bundles),
      artifacts: [{ digest: artifact, sha512 }],
      keys: keysOf(policy),
      roots,
    })
    const { claims, signers } = admit({ artifact, ...seen, policy, at })
    const detail = `built by ${claims.builder} from ${claims.repository}, signed by ${signers.join(' and ')}`
    return { verdict: 'accepted', reason: null, detail, claims, signers }
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    return { verdict: 'refused', reason: error.reason, detail: error.message, claims: null, signers: [] }
  }
}

function readAll(texts: string[]): AnyBundle[] {
  const read: AnyBundle[] = []
  for (const text of texts) {
    read.push(...bundlesIn(text).map(({ bundle }) => bundle))
    refuseMany(read.length)
  }
  return read
}
