import type { Members } from './access.ts'
import type { Approvals } from './approval.ts'
import type { Attachments } from './attachment.ts'
import type { Attestations, Keys } from './attestation.ts'
import type { Revisions } from './revision.ts'
import type { Deployments } from './deployment.ts'
import type { Drills } from './drill.ts'
import type { Entries, NewEntry } from './entry.ts'
import type { Environments } from './environment.ts'
import type { Evaluations } from './gate.ts'
import type { Job } from './job.ts'
import type { LogText } from './log-text.ts'
import type { Overrides } from './override.ts'
import type { Pins } from './pin.ts'
import type { Promotions } from './promotion.ts'
import type { Quarantines } from './quarantine.ts'
import type { Releases } from './release.ts'
import type { Reports } from './report.ts'
import type { Runs } from './run.ts'
import type { Secrets } from './secret.ts'
import type { SourceChanges } from './source-change.ts'
import type { Tokens } from './token.ts'
import type { Replies } from './reply.ts'
import type { Uploads } from './upload.ts'

/** Reads and writes of one transaction: state, log entry and follow-up job commit together or not at all. */
export interface Transaction {
  /** The database's time when the transaction began; the only clock that decides anything. */
  now: Date
  revisions: Revisions
  runs: Runs
  logText: LogText
  releases: Releases
  attestations: Attestations
  attachments: Attachments
  reports: Reports
  uploads: Uploads
  sourceChanges: SourceChanges
  keys: Keys
  promotions: Promotions
  approvals: Approvals
  overrides: Overrides
  quarantines: Quarantines
  pins: Pins
  evaluations: Evaluations
  environments: Environments
  deployments: Deployments
  drills: Drills
  members: Members
  tokens: Tokens
  secrets: Secrets
  replies: Replies
  entries: Entries
  log(entry: NewEntry): Promise<void>
  enqueue(job: Job): Promise<void>
}

/** The one place that keeps state; an outage of it throws, and nothing starts meanwhile. */
export interface Store {
  /** Reads one consistent state; writing in it throws. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Keep it short: no network call may happen inside. Serialization failures and deadlocks are tried again, so the work must have no effect outside. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
}
