import type { ActorId } from './actor.ts'
import type { Digest } from './digest.ts'

/** A file that was handed in for the releases of a project; its bytes are in the artifact store. */
export interface Upload {
  project: string
  digest: Digest
  sizeBytes: number
  by: ActorId
  at: Date
}

/** Uploads of all projects: what another project has handed in is not there. */
export interface Uploads {
  find(project: string, digest: Digest): Promise<Upload | null>
  /** False when it was there already; the first one stays. */
  add(upload: Upload): Promise<boolean>
}
