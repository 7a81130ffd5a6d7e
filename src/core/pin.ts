import type { ActorId } from './actor.ts'
import type { Digest } from './digest.ts'

/** An environment stays on this release: no other starts there, but for a rollback. */
export interface Pin {
  project: string
  environment: string
  release: Digest
  by: ActorId
  reason: string
  at: Date
}

/** Pins of all projects; one per environment, changed only under the environment's lock. */
export interface Pins {
  find(project: string, environment: string): Promise<Pin | null>
  list(project: string): Promise<Pin[]>
  /** Takes the place of an earlier one. */
  set(pin: Pin): Promise<void>
  remove(project: string, environment: string): Promise<void>
}
