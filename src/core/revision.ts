import type { ActorId } from './actor.ts'
import type { Configuration, Revision } from './configuration.ts'
import type { Digest } from './digest.ts'

/** A configuration that someone wants in force, where the one in force asks for a second person (A41). */
export interface Proposal {
  project: string
  digest: Digest
  configuration: Configuration
  /** The newest revision when it was made; it is worth nothing for any other. */
  replaces: Digest
  by: ActorId
  at: Date
}

/** Registered configurations of all projects. */
export interface Revisions {
  /** The newest that is in force now; refuses with `not_found` when the project has none. */
  current(project: string): Promise<Revision>
  get(project: string, number: number): Promise<Revision>
  /** Whether the project is registered at all. */
  has(project: string): Promise<boolean>
  /** When the next of those that are not in force yet will be; null when there is none. */
  nextInForceAt(project: string): Promise<Date | null>
  /** The newest, in force or not yet. */
  find(project: string): Promise<Revision | null>
  /** Refuses with `conflict` when the number is taken; ends the proposal, if there is one. */
  add(revision: Revision): Promise<void>
  list(project: string): Promise<Revision[]>
  projects(): Promise<string[]>
  proposal(project: string): Promise<Proposal | null>
  /** Takes the place of an earlier one. */
  propose(proposal: Proposal): Promise<void>
}
