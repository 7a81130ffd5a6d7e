import { digestOfJson, type Digest } from './digest.ts'
import type { ActorId } from './actor.ts'
import type { OneWayChange } from './one-way.ts'
import type { Before } from './page.ts'

/** Bytes known by digest. */
export interface Artifact {
  name: string
  digest: Digest
  sizeBytes: number
  /** What else its bytes are known by, in hexadecimal: no part of what the release is. Only of files that were handed in. */
  sha512?: string
  /** Where it is as a container image, such as `registry.example.org/team/shop`; its bytes are then the image's manifest. */
  image?: string
}

/** Where a release came from. */
export interface Source {
  /** The git URL or path as given to the run, without credentials. */
  repository: string
  /** Full lower-case commit id. */
  commit: string
  branch: string | null
}

/** What a release is; its digest is taken over exactly this. */
export interface ReleaseContents {
  project: string
  artifacts: Artifact[]
  source: Source
  /** Digest of the lockflight.yaml of that commit, parsed; null when another CI has built it, which reads none. */
  configurationDigest: Digest | null
  /** What it does that no earlier release can live with; absent when there is nothing. */
  oneWay?: OneWayChange[]
}

/** An immutable set of artifacts and their origin, named by its digest. */
export interface Release extends ReleaseContents {
  digest: Digest
  /** A label for people; two releases may not share it within a project, but nothing is decided by it. */
  version: string
  run: string | null
  /** The commit's author when the e-mail belongs to a known member: such a person may be excluded from approving. */
  author: ActorId | null
  committedAt: Date | null
  createdAt: Date
}

/** The name of a release; equal contents give an equal digest whatever order the artifacts come in. */
export function releaseDigest({ project, artifacts, source, configurationDigest, oneWay }: ReleaseContents): Digest {
  const sorted = artifacts
    .map(({ name, digest, sizeBytes, image }) => ({ name, digest, sizeBytes, ...(image !== undefined && { image }) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return digestOfJson({ project, artifacts: sorted, source, configurationDigest, ...(oneWay && { oneWay }) })
}

/** Releases of all projects. */
export interface Releases {
  /** Refuses with `not_found`; `name` is a digest, an unambiguous digest prefix of at least 8 hexadecimal digits, or a version. */
  find(project: string, name: string): Promise<Release>
  get(project: string, digest: Digest): Promise<Release>
  /** Adding the same contents again returns false and changes nothing. */
  add(release: Release): Promise<boolean>
  /**
   * Makes those who ask for promotions of this release and those who wake them wait for each other's transactions to end,
   * so that nobody asks unseen between a change and its wakes. Those who ask do not wait for one another.
   */
  lockWaiting(project: string, digest: Digest, to: 'ask' | 'wake'): Promise<void>
  list(query: { project: string; limit: number; before?: Before }): Promise<Release[]>
}
