import type { Attestation, Statement, TrustedKey } from '../core/attestation.ts'
import { policyDigest } from '../core/configuration.ts'
import type { Digest } from '../core/digest.ts'
import { groundsOf } from '../core/evaluate.ts'
import type { Evaluation, Grounds } from '../core/gate.ts'
import { goesBack } from '../core/promotion.ts'
import { checkProvenance, provenanceType, readProvenance } from '../core/provenance.ts'
import type { Release } from '../core/release.ts'
import { evidenceTypes } from '../core/report-statement.ts'
import {
  buildVerificationSummary,
  checkVerificationSummary,
  readVerificationSummary,
  summaryType,
} from '../core/verification-summary.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import type { App } from './app.ts'
import type { AtWork } from './deployment-at-work.ts'
import { requiredGates } from './required-gates.ts'
import { signStatement } from './sign-statement.ts'

/**
 * Signs, before a deployment is written down as succeeded, that the release passed the gates of its environment. Null for
 * what goes back, which most gates do not hold up, and for what was let past a gate: neither passed them.
 */
export async function signSummary(app: App, work: AtWork): Promise<Attestation | null> {
  const { promotion, deployment, definition, release } = work
  if (goesBack(promotion.class)) return null
  const { project, environment } = promotion
  const seen = await app.store.read(async (tx) => {
    const [signed, keys, overrides, evaluations] = await Promise.all([
      // Where nothing comes before, no summary is asked for: there can be one of every promotion of the release.
      tx.attestations.of(project, release.digest, definition.after.length > 0 ? evidenceTypes : notNeeded),
      tx.keys.list(),
      tx.overrides.of(promotion.id),
      tx.evaluations.latest(promotion.id),
    ])
    const isOverridden = overrides.some(({ usedAt }) => usedAt !== null)
    return { signed, keys, isOverridden, evaluations, at: tx.now }
  })
  if (seen.isOverridden) return null
  const { signed, keys } = seen
  const provenances = signed
    .filter(({ predicateType }) => predicateType === provenanceType)
    .flatMap((attestation) => signedHere(attestation, keys))
    .filter(({ statement }) => saysHowItWasBuilt(statement, app, release))
  const grounds = groundsIn(app, work, seen.evaluations)
  const ours = [...provenances, ...summariesOf(signed, keys, work)].map(({ digest }) => digest)
  const levels = [...grounds.map(({ level }) => level), provenances.length > 0 ? 1 : null].filter((one) => one !== null)
  const statement = buildVerificationSummary({
    verifier: { id: app.builderId, version: app.version },
    project,
    environment,
    release,
    policy: { digest: policyDigest(definition), revision: deployment.revision },
    inputs: [...new Set([...ours, ...grounds.flatMap(({ attestations }) => attestations)])],
    level: levels.length > 0 ? Math.max(...levels) : null,
    at: seen.at,
  })
  return { release: release.digest, ...(await signStatement(app, statement)), createdAt: seen.at }
}

const notNeeded = [...evidenceTypes, summaryType]

/** What the gates it had to pass have passed it on. */
function groundsIn(app: App, work: AtWork, evaluations: Evaluation[]): Grounds[] {
  const { promotion, definition, release } = work
  const { project, environment } = promotion
  const about = { project, environment, promotion, release, policy: policyDigest(definition), after: definition.after }
  return requiredGates(app, promotion, work).flatMap(({ id, use, digest, config }) => {
    const made = evaluations.find(({ gate }) => gate.id === id && gate.digest === digest)
    if (made?.verdict.outcome !== 'pass') return []
    return groundsOf(app.gates[use], { config, evidence: made.evidence, subject: { ...about, at: made.at } })
  })
}

interface Signed {
  digest: Digest
  statement: Statement
}

function signedHere({ digest, bundle, createdAt }: Attestation, keys: TrustedKey[]): Signed[] {
  const result = verifyOwn(bundle, keys, createdAt)
  return result.verified ? [{ digest, statement: result.statement }] : []
}

function saysHowItWasBuilt(statement: Statement, { builderId }: App, release: Release): boolean {
  const read = readProvenance(statement)
  return 'claims' in read && checkProvenance(read.claims, { release, builders: [builderId] }).length === 0
}

/** The newest of each environment that comes before; one that has none was not asked for it. */
function summariesOf(attestations: Attestation[], keys: TrustedKey[], work: AtWork): Signed[] {
  const { promotion, definition, release } = work
  const newestFirst = attestations.filter(({ predicateType }) => predicateType === summaryType).toReversed()
  return definition.after.flatMap((environment) => {
    const expected = { artifacts: release.artifacts, environment, project: promotion.project, release: release.digest }
    for (const attestation of newestFirst) {
      const [signed] = signedHere(attestation, keys)
      const read = signed && readVerificationSummary(signed.statement)
      if (read && 'claims' in read && checkVerificationSummary(read.claims, expected).length === 0) return [signed]
    }
    return []
  })
}
