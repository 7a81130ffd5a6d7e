import { hintOf, type Attestation, type TrustedKey } from '../core/attestation.ts'
import { drillType } from '../core/drill.ts'
import type { Subject, World } from '../core/gate.ts'
import { evidenceTypes } from '../core/report-statement.ts'
import { summaryType } from '../core/verification-summary.ts'
import type { VerifiedBundle } from '../core/verify-bundle.ts'
import { verifyOwn } from '../trust/verify-own.ts'

const others = new Set([...evidenceTypes, drillType, summaryType])

/** Every attestation of how the release was made, each verified now, with the keys that are trusted now. What was signed about a report that came in, about a drill, or about the gates of an environment, signs no artifact. */
export async function verifiedAttestations(
  { release }: Subject,
  { records }: World,
): Promise<{ attestation: Attestation; result: VerifiedBundle }[]> {
  const attestations = await records.attestations(release.digest)
  const keys = await records.keys()
  return attestations
    .map((attestation) => ({ attestation, result: verified(attestation, keys) }))
    .filter(({ result }) => !result.verified || !others.has(result.statement.predicateType))
}

/** What others have signed may be a bundle of another version, or with a certificate: that is no broken one of ours. */
function verified({ bundle, createdAt }: Attestation, keys: TrustedKey[]): VerifiedBundle {
  const hint = hintOf(bundle)
  const canBeOurs = hint === null ? keys.some(({ identity }) => identity) : keys.some(({ id }) => id === hint)
  if (canBeOurs) return verifyOwn(bundle, keys, createdAt)
  const message = `no key ${hint ?? 'of this installation, but a certificate'} is trusted for provenance`
  return { verified: false, reason: 'signature.key-unknown', message }
}
