import type { ActorId } from './actor.ts'
import type { Digest } from './digest.ts'

/** A release that starts nowhere, whatever its gates say and whatever the class of its promotion. */
export interface Quarantine {
  project: string
  release: Digest
  by: ActorId
  reason: string
  at: Date
}

/** Releases in quarantine, of all projects. */
export interface Quarantines {
  find(project: string, release: Digest): Promise<Quarantine | null>
  list(project: string): Promise<Quarantine[]>
  /** Refuses with `conflict` when it is in quarantine already. */
  add(quarantine: Quarantine): Promise<void>
  remove(project: string, release: Digest): Promise<void>
}
