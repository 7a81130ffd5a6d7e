import type { ActorId } from './actor.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { DeliverySums } from './dora.ts'
import type { ProvenEntry } from './log-proof.ts'

/** Everything the log can say, in the past tense: the audit trail's whole vocabulary. */
export const entryTypes = [
  'revision.proposed',
  'revision.confirmed',
  'revision.applied',
  'run.queued',
  'run.started',
  'run.cancel-requested',
  'run.completed',
  'release.created',
  'artifact.uploaded',
  'release.imported',
  'release.attested',
  'evidence.added',
  'release.quarantined',
  'release.quarantine-lifted',
  'promotion.requested',
  'promotion.rejected',
  'promotion.cancelled',
  'promotion.superseded',
  'promotion.expired',
  'gate.passed',
  'gate.waiting',
  'gate.failed',
  'approval.granted',
  'approval.refused',
  'override.requested',
  'override.granted',
  'override.withdrawn',
  'override.used',
  'deploy.started',
  'deploy.abort-requested',
  'deploy.completed',
  'rollout.shifted',
  'summary.attached',
  'summary.given-up',
  'rollback.executed',
  'drill.started',
  'drill.completed',
  'environment.held',
  'environment.resumed',
  'environment.pinned',
  'environment.unpinned',
  'environment.taken-down',
  'secret.set',
  'secret.removed',
  'member.added',
  'member.changed',
  'member.disabled',
  'grant.added',
  'grant.removed',
  'group.joined',
  'group.left',
  'token.created',
  'token.revoked',
  'key.created',
  'key.retired',
  'key.revoked',
  'log.loss-accepted',
  'access.denied',
] as const
export type EntryType = (typeof entryTypes)[number]

/** One fact for the log, committed in the transaction that makes it true. */
export interface NewEntry {
  type: EntryType
  actor: ActorId
  project?: string | null
  environment?: string | null
  /** The id of what it is about: a promotion, run, release, token. */
  subject: string
  data: Record<string, unknown>
}

/** A fact as the log holds it; its canonical JSON is the leaf of the Merkle tree. */
export interface Entry extends Required<NewEntry> {
  id: string
  /** ISO 8601, the database's time. */
  at: string
}

/** An entry with its place in the log. */
export interface LoggedEntry extends Entry {
  index: number
}

/** Which entries to list; what is absent does not narrow. */
export interface EntryQuery {
  project?: string
  environment?: string
  subject?: string
  types?: EntryType[]
  /** Only entries at this index or later. */
  from: number
  limit: number
  /** Newest first. */
  descending?: boolean
}

/** How many entries of one kind there are. */
export interface EntryTally {
  type: EntryType
  project: string
  environment: string | null
  /** What `data.outcome` says; empty where entries of that type have none. */
  outcome: string
  entries: number
}

/** A record that is not what the log says of it; null where one of the two knows nothing of it (A30). */
export interface Discrepancy {
  kind: string
  subject: string
  recorded: unknown
  logged: unknown
}

/** What the log says of one subject, and the checkpoint that it is proven under, as a note. */
export interface SubjectProof {
  environment: string | null
  checkpoint: string
  entries: ProvenEntry[]
}

/** Reads of the sequenced log. */
export interface Entries {
  list(query: EntryQuery): Promise<LoggedEntry[]>
  /** What the deployments in one environment add up to since that day (`2026-01-31`, UTC). */
  deliveries(from: string, place: { project: string; environment: string }): Promise<DeliverySums>
  /** How many entries of each kind there are, of one project. */
  tallies(project: string): Promise<EntryTally[]>
  /** How many of that type there are, whatever they are about. */
  count(type: EntryType): Promise<number>
  /** Signed checkpoints above that size, the smallest first. */
  checkpoints(above: number, limit: number): Promise<SignedCheckpoint[]>
  /** Every entry about one subject under the newest checkpoint, oldest first, each with what proves that it is there; null where there is none. */
  prove(about: { project: string; subject: string }): Promise<SubjectProof | null>
  /** Where the records of this installation and its log disagree; takes as long as reading both. */
  discrepancies(): Promise<Discrepancy[]>
}
