import type { Revision } from './configuration.ts'

/** Registered configurations of all projects. */
export interface Revisions {
  /** The newest; refuses with `not_found` when the project has none. */
  current(project: string): Promise<Revision>
  get(project: string, number: number): Promise<Revision>
  find(project: string): Promise<Revision | null>
  /** Refuses with `conflict` when the number is taken. */
  add(revision: Revision): Promise<void>
  list(project: string): Promise<Revision[]>
  projects(): Promise<string[]>
}
