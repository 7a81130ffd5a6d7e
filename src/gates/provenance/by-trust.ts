import { z } from 'zod'
import { admit, type Admission } from '../../core/admission.ts'
import { branchOf } from '../../core/build-claims.ts'
import { Disbelieved } from '../../core/disbelieved.ts'
import type { Grounds, Subject, VerdictInput, World } from '../../core/gate.ts'
import type { Artifact, Release } from '../../core/release.ts'
import { keysOf } from '../../trust/facts.ts'
import { lookAtBundles } from '../../trust/look-at-bundles.ts'
import { bundlesOf } from '../bundles-of.ts'
import { rootedFact, rootedRefusal, rootsOf, trustedAmong, usedRoots } from '../../trust/trusted-roots.ts'
import type { TrustSettings } from '../../trust/trust-settings.ts'

/** What bundles prove about the artifacts of the release, and why others prove nothing. */
export const trustEvidence = z.strictObject({
  roots: usedRoots,
  facts: z.array(rootedFact),
  refusals: z.array(rootedRefusal),
})
type TrustEvidence = z.output<typeof trustEvidence>

/** Looks at every bundle of the release; of the policy only its keys and roots matter. */
export async function observeTrust(policy: TrustSettings, subject: Subject, world: World): Promise<TrustEvidence> {
  const roots = rootsOf(policy.roots)
  const keys = keysOf(policy)
  const bundles = await bundlesOf(subject, world, keys)
  const seen = lookAtBundles({ bundles, artifacts: subject.release.artifacts, keys, roots })
  return { roots: roots.map(({ name, digest: of }) => ({ name, digest: of })), ...seen }
}

/** Every artifact must be let in by the policy, from where the release says that it comes. */
export function judgeTrust(policy: TrustSettings, evidence: TrustEvidence, { release, at }: Subject): VerdictInput {
  const expected = expectedBy(policy)
  const answers = release.artifacts.map((artifact) => answerFor(artifact, { policy, evidence, release, at }))
  const problems = answers.flatMap(({ problem }) => problem ?? [])
  const [first] = answers.flatMap(({ admission }) => admission ?? [])
  if (first && problems.length === 0) {
    const { claims, signers } = first
    return {
      outcome: 'pass',
      reason: `built by ${claims.builder} from ${claims.repository} at ${claims.commit}, signed by ${signers.join(' and ')}`,
      expected,
      observed: `${claims.ref}, build type ${claims.buildType}`,
    }
  }
  const who = [...new Set(evidence.facts.map(({ signer }) => ('key' in signer ? signer.key : signer.identity)))]
  return {
    outcome: 'fail',
    reason: problems.join('; ') || `release ${release.version} has no artifacts`,
    expected,
    observed: [
      who.length > 0 ? `signed by ${who.join(' and ')}` : 'no signature that holds',
      ...uselessIn(evidence),
    ].join('; '),
    unblock:
      'a release built and signed as expected: lockflight release import; or someone with policy.edit, when the policy is wrong',
  }
}

/** What lets the artifacts in, and the least level of it. */
export function restsOnTrust(policy: TrustSettings, evidence: TrustEvidence, { release, at }: Subject): Grounds {
  const answers = release.artifacts.map((artifact) => answerFor(artifact, { policy, evidence, release, at }))
  const admissions = answers.flatMap(({ admission }) => admission ?? [])
  const attestations = [...new Set(admissions.flatMap(({ bundles }) => bundles))]
  return { attestations, level: admissions.length > 0 ? Math.min(...admissions.map(({ level }) => level)) : null }
}

interface Question extends Pick<Subject, 'release' | 'at'> {
  policy: TrustSettings
  evidence: TrustEvidence
}

function answerFor(
  { name, digest: artifact }: Artifact,
  { policy, evidence, release, at }: Question,
): { admission?: Admission; problem?: string } {
  const trusted = trustedAmong(evidence.roots, policy.roots)
  const facts = evidence.facts.filter(({ root }) => trusted.has(root))
  try {
    const admission = admit({ artifact, facts, refusals: evidence.refusals, policy, at })
    checkOrigin(admission, release)
    return { admission }
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    return { problem: `${name}: ${error.reason}: ${error.message}` }
  }
}

/** What people read about a release, and what they approve, must be what was proven. */
function checkOrigin({ claims: { repository, commit, ref } }: Admission, { source }: Release): void {
  const proven = { repository, commit, branch: branchOf(ref) }
  for (const name of ['repository', 'commit', 'branch'] as const) {
    if (proven[name] === source[name] && (name === 'branch' || proven[name] !== null)) continue
    const [says, found] = [source[name] ?? 'none', proven[name] ?? 'none']
    throw new Disbelieved('provenance.source', `the release says ${name} ${says}, its provenance ${found}`)
  }
}

function uselessIn({ refusals }: TrustEvidence): string[] {
  const count = new Set(refusals.map(({ bundle }) => bundle)).size
  if (count === 0) return []
  return [count === 1 ? '1 bundle that proves nothing' : `${count} bundles that prove nothing`]
}

function expectedBy({ signers, sources, threshold }: TrustSettings): string {
  const builders = [...new Set(signers.flatMap((signer) => signer.builders))].join(' or ')
  const places = sources.map(({ repository, refs, tags }) => {
    const allowed = [...refs, ...tags.map((tag) => `refs/tags/${tag}`)]
    return `${repository} at ${allowed.join(' or ')}`
  })
  const many = threshold > 1 ? `, signed by ${threshold}` : ''
  return `built by ${builders}, from ${places.join(', or ')}${many}`
}
