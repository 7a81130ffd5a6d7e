import type { Link } from './link.ts'

/** One thing a promotion still waits for, and what would change it. The same object serves the API, the CLI and the log. */
export interface Condition {
  /** A gate's id; `held`, `pinned`, `busy`, `clock` for the environment's own conditions; `quarantined` for the release's. */
  id: string
  kind: 'gate' | 'environment' | 'release'
  /** What the gate said; `wait` for an environment's own conditions, `fail` for the release's. */
  outcome: 'fail' | 'wait' | 'inconclusive' | 'error'
  reason: string
  expected: string
  observed: string
  since: string
  links: Link[]
  /** Who or what can change it, for people: `2 of release-managers`, `a passing run`. */
  unblock: string
  /** The earliest moment it can change by itself; null when nothing but an act changes it. */
  recheckAt: string | null
  /** How often the gate changed its answer about this release here in the last hour. */
  changes: number
}
