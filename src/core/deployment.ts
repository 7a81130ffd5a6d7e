import type { ActorId } from './actor.ts'
import type { Digest } from './digest.ts'
import type { OneWayDeployment } from './one-way.ts'
import type { PromotionClass } from './promotion.ts'
import type { RolloutState } from './rollout.ts'

/** The execution of a promotion. */
export interface Deployment {
  promotion: string
  attempt: number
  project: string
  environment: string
  release: Digest
  class: PromotionClass
  /** Number of the configuration revision it was started with, and is carried out with. */
  revision: number
  /** Strictly increasing per environment; a target refuses an older one. */
  fence: number
  outcome: 'running' | 'succeeded' | 'failed'
  reason: string
  /** The release that was live before; what an abort or a rollback returns to. */
  previous: Digest | null
  rollout: RolloutState
  /** Where it answers, as its deployer said when it was in place; null before that, and when the deployer cannot tell. */
  url: string | null
  startedBy: ActorId
  startedAt: Date
  /** When the bytes were in place and verification began. */
  deployedAt: Date | null
  finishedAt: Date | null
  /** When another release took its place, or it was taken down; null while it is live. */
  replacedAt: Date | null
}

/** Deployments of all projects. */
export interface Deployments {
  get(promotion: string, attempt: number): Promise<Deployment>
  add(deployment: Deployment): Promise<void>
  save(deployment: Deployment): Promise<void>
  of(project: string, environment: string, release: Digest): Promise<Deployment[]>
  /** The newest succeeded one; null before the first, and after it was taken down. */
  live(project: string, environment: string): Promise<Deployment | null>
  /** All that started at that moment or later, oldest first. */
  since(query: { project: string; environment: string; since: Date }): Promise<Deployment[]>
  list(query: { project: string; environment: string; limit: number }): Promise<Deployment[]>
  /** Where the newest deployment of a release has failed, for some releases and environments. */
  failed(
    project: string,
    environments: string[],
    releases: Digest[],
  ): Promise<Pick<Deployment, 'environment' | 'release'>[]>
  /** When deployments that failed, or of another release that still run, were in place there: until the next one that succeeded. The newest 1000, newest first. */
  displaced(project: string, environment: string, release: Digest): Promise<{ from: Date; until: Date | null }[]>
  /** Those of releases that declare one-way changes, however they ended, oldest first. */
  oneWay(project: string, environment: string): Promise<OneWayDeployment[]>
}
