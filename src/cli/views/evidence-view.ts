import type { Answer } from '../answer.ts'

type Recorded = Answer<'getEvidence'>

/** A promotion as a file of policy tests with one case, which passes as long as the gates say what they said. */
export function recordedCaseText(recorded: Recorded, yaml: (value: unknown) => string): string {
  const { promotion, release, policy, at, gates } = recorded
  const { artifacts, source, author, version } = release
  const recordedCase = {
    name: `${version} to ${promotion.environment}, as it was`,
    environment: promotion.environment,
    class: promotion.class,
    at: at.toISOString(),
    'requested-by': promotion.requestedBy,
    promotion: promotion.id,
    policy,
    release: {
      version,
      artifacts: artifacts.map(({ name, digest, sizeBytes }) => ({ name, digest, sizeBytes })),
      ...source,
      'configuration-digest': release.configurationDigest,
      author,
      'committed-at': release.committedAt?.toISOString() ?? null,
      'created-at': release.createdAt.toISOString(),
    },
    gates: Object.fromEntries(
      gates.map(({ gate, evidence, outcome }) => [
        gate,
        evidence === null ? { says: outcome } : { evidence, expect: outcome },
      ]),
    ),
  }
  return yaml({ cases: [recordedCase] }).trimEnd()
}
