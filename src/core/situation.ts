import type { Digest } from './digest.ts'
import type { Environment } from './environment.ts'
import type { Evaluation, OutcomeChange, RequiredGate } from './gate.ts'
import type { StandingOverride } from './override.ts'
import type { Pin } from './pin.ts'
import type { Promotion } from './promotion.ts'
import type { Quarantine } from './quarantine.ts'
import type { Release } from './release.ts'

/** Everything a decision is made from. */
export interface Situation {
  promotion: Promotion
  environment: Pick<Environment, 'active' | 'hold'>
  release: Pick<Release, 'digest' | 'artifacts' | 'version'>
  /** The environment's; null when it stays on no release. */
  pin: Pin | null
  /** The release's; null when it is in none. */
  quarantine: Quarantine | null
  policy: Digest
  /** When another policy comes into force; null while none is registered for later. */
  nextPolicyAt: Date | null
  /** From `gatesOf`, for the promotion's class. */
  required: RequiredGate[]
  /** Verdicts for this promotion, in any order, old ones too: the newest that fits each gate counts. */
  evaluations: Evaluation[]
  /** What gates said before, back to `remembersSince`. */
  changes: OutcomeChange[]
  /** All of this promotion's. */
  overrides: StandingOverride[]
  /** Of the newest entry of the log; null when there is none. */
  lastRecordedAt: Date | null
  /** The database's time. */
  at: Date
}
