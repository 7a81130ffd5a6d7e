import type { KeyObject } from 'node:crypto'
import { keyName } from '../core/admission.ts'
import { hintOf, type AnyBundle } from '../core/attestation.ts'
import type { Subject, World } from '../core/gate.ts'

/** Every bundle of the release that is for a policy to judge: all but what this installation has signed itself, unless the policy trusts its key too. */
export async function bundlesOf({ release }: Subject, { records }: World, keys: KeyObject[]): Promise<AnyBundle[]> {
  const [attestations, ours] = await Promise.all([records.bundles(release.digest), records.keys()])
  const wanted = new Set(keys.map(keyName))
  const unwanted = new Set(ours.map(({ id }) => id).filter((id) => !wanted.has(id)))
  return attestations.map(({ bundle }) => bundle).filter((bundle) => !unwanted.has(hintOf(bundle) ?? ''))
}
