import type { ActorId } from './actor.ts'

/** A place a release runs, as it stands now; its definition is in the project's newest revision. */
export interface Environment {
  project: string
  name: string
  /** The fence of the newest deployment; 0 before the first. */
  fence: number
  /** The promotion being deployed now: the environment's lock. */
  active: string | null
  hold: Hold | null
  /** Whether what was taken down is still to be ended. */
  takingDown: boolean
}

/** Automation stops here until someone releases it. */
export interface Hold {
  by: ActorId
  reason: string
  at: Date
}

/** Environments of all projects. */
export interface Environments {
  /** Refuses with `not_found`. */
  get(project: string, name: string): Promise<Environment>
  /** Locks the row for the length of the transaction. */
  lock(project: string, name: string): Promise<Environment>
  /**
   * Makes this transaction, until it ends, the only one that adds to what waits here or wakes it, so that nobody is added
   * unseen between a change and its wakes. Taken after the environment's own lock.
   */
  lockWaiting(project: string, name: string): Promise<void>
  list(project: string): Promise<Environment[]>
  /** Those of all projects where something is still to be ended. */
  takingDown(): Promise<Environment[]>
  /** Creates the row when it is missing. */
  ensure(project: string, name: string): Promise<void>
  save(environment: Environment): Promise<void>
}
