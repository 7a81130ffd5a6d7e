import type { Digest } from './digest.ts'

/** A signed summary that is to be beside an image of its release, in the image's registry. */
export interface Attachment {
  project: string
  release: Digest
  /** Whose success the summary tells of. */
  promotion: string
  /** As `imageText` writes it. */
  image: string
  /** Of the bundle. */
  summary: Digest
  wantedAt: Date
  /** Null while it is still tried. */
  endedAt: Date | null
  /** What was made in the registry; null when it was given up. */
  referrer: Digest | null
  /** Why it is not there, when it was tried last; empty otherwise. */
  problem: string
}

/** Attachments of all projects. */
export interface Attachments {
  add(
    attachment: Pick<Attachment, 'project' | 'release' | 'promotion' | 'image' | 'summary' | 'wantedAt'>,
  ): Promise<void>
  /** Images that wait for any, with their project. */
  due(): Promise<Pick<Attachment, 'project' | 'image'>[]>
  /** Those of one image that are still tried, oldest first. */
  waiting(project: string, image: string): Promise<Attachment[]>
  of(project: string, release: Digest): Promise<Attachment[]>
  /** Writes down how a try went; false when it had ended already. */
  save(attachment: Pick<Attachment, 'promotion' | 'image' | 'endedAt' | 'referrer' | 'problem'>): Promise<boolean>
}
