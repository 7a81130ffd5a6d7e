import type { Attestation } from '../core/attestation.ts'
import { drillType } from '../core/drill.ts'
import type { Subject, World } from '../core/gate.ts'
import { evidenceTypes } from '../core/report-statement.ts'
import { verifyBundle, type VerifiedBundle } from '../core/verify-bundle.ts'

const others = new Set([...evidenceTypes, drillType])

/** Every attestation of how the release was made, each verified now, with the keys that are trusted now. What was signed about a report that came in, or about a drill, signs no artifact. */
export async function verifiedAttestations(
  { release }: Subject,
  { records }: World,
): Promise<{ attestation: Attestation; result: VerifiedBundle }[]> {
  const attestations = await records.attestations(release.digest)
  const keys = await records.keys()
  return attestations
    .map((attestation) => ({ attestation, result: verifyBundle(attestation.bundle, keys, 'provenance') }))
    .filter(({ result }) => !result.verified || !others.has(result.statement.predicateType))
}
