import type { Statement } from '../../src/core/attestation.ts'
import { digestOf } from '../../src/core/digest.ts'
import { buildVerificationSummary, type Verified } from '../../src/core/verification-summary.ts'
import { ago, release } from './gate-world.ts'

/** What is signed when the release that gates judge came into stg, an hour ago. */
export function summaryStatement(given: Partial<Verified> = {}, predicate: Record<string, unknown> = {}): Statement {
  const statement = buildVerificationSummary({
    verifier: { id: 'https://builder.example/', version: '0.1.0' },
    project: 'shop',
    environment: 'stg',
    release,
    policy: { digest: digestOf('policy of stg'), revision: 3 },
    inputs: [digestOf('provenance')],
    level: 1,
    at: ago(3600),
    ...given,
  })
  return { ...statement, predicate: { ...statement.predicate, ...predicate } }
}
