import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { Environment, Hold } from '../core/environment.ts'
import type { Pin } from '../core/pin.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Quarantine } from '../core/quarantine.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { versionsIn, type Versions } from './versions-in.ts'

/** How many releases are shown, and how many promotions of an environment are searched for one that failed. */
const glance = 20

/** Everything about a project that fits on one screen. */
export interface Status {
  project: string
  environments: EnvironmentInSight[]
  /** `failedIn`: where the last that became of it is a failure. */
  releases: { digest: Digest; version: string; commit: string; createdAt: Date; liveIn: string[]; failedIn: string[] }[]
  /** Releases that start nowhere, and where they run all the same. */
  quarantined: (Quarantine & { version: string; liveIn: string[] })[]
}

/** An environment in few words. */
export interface EnvironmentInSight {
  name: string
  after: string[]
  hold: Hold | null
  pin: (Pin & { version: string }) | null
  live: { release: Digest; version: string; promotion: string; since: Date; url: string | null } | null
  active: Brief | null
  /** Each with its gates in shadow that did not pass. */
  waiting: (Brief & { shadows: string[] })[]
  /** The newest change that came to an end here, if it failed; a rollback after it does not hide it. */
  lastFailed: Brief | null
}

/** A promotion in few words. */
export interface Brief extends Pick<Promotion, 'id' | 'release' | 'class' | 'state' | 'reason' | 'requestedBy'> {
  version: string
  /** How many conditions were not met at the last evaluation. */
  unmet: number
  requestedAt: Date
  finishedAt: Date | null
}

/** Every environment in the order of the file, and the newest releases. */
export async function getStatus(app: App, actor: Actor, { project }: { project: string }): Promise<Status> {
  return readProject(app, actor, project, async (tx) => {
    const [{ configuration }, states, newest, quarantines, pins] = await Promise.all([
      tx.revisions.current(project),
      tx.environments.list(project),
      tx.releases.list({ project, limit: glance }),
      tx.quarantines.list(project),
      tx.pins.list(project),
    ])
    const versions = versionsIn(tx, project, newest)
    const environments: EnvironmentInSight[] = await Promise.all(
      Object.entries(configuration.environments).map(async ([name, { after }]) => {
        const state = states.find((one) => one.name === name) ?? (await tx.environments.get(project, name))
        const pinned = pins.find((one) => one.environment === name)
        const pin = pinned ? { ...pinned, version: await versions(pinned.release) } : null
        return { name, after, hold: state.hold, pin, ...(await glanceAt(tx, state, versions)) }
      }),
    )
    const liveIn = (release: Digest) =>
      environments.filter(({ live }) => live?.release === release).map(({ name }) => name)
    const failed = await tx.deployments.failed(
      project,
      environments.map(({ name }) => name),
      newest.map(({ digest }) => digest),
    )
    const failedIn = (release: Digest) =>
      environments
        .map(({ name }) => name)
        .filter((name) => failed.some((one) => one.release === release && one.environment === name))
    const releases = newest.map(({ digest, version, source, createdAt }) => ({
      digest,
      version,
      commit: source.commit,
      createdAt,
      liveIn: liveIn(digest),
      failedIn: failedIn(digest),
    }))
    const quarantined = await Promise.all(
      quarantines.map(async (one) => ({
        ...one,
        version: await versions(one.release),
        liveIn: liveIn(one.release),
      })),
    )
    return { project, environments, releases, quarantined }
  })
}

async function glanceAt(tx: Transaction, { project, name, active }: Environment, versions: Versions) {
  const [live, recent, waiting, working] = await Promise.all([
    tx.deployments.live(project, name),
    tx.promotions.list({ project, environment: name, limit: glance }),
    tx.promotions.waitingIn(project, name),
    active === null ? null : tx.promotions.get(project, active),
  ])
  const shadows = waiting.length === 0 ? [] : await tx.evaluations.shadowsAgainst(waiting.map(({ id }) => id))
  const ended = recent.find((one) => one.class !== 'rollback' && (one.state === 'succeeded' || one.state === 'failed'))
  return {
    live: live && {
      release: live.release,
      version: await versions(live.release),
      promotion: live.promotion,
      since: live.finishedAt ?? live.startedAt,
      url: live.url,
    },
    active: working && (await brief(working, versions)),
    waiting: await Promise.all(
      waiting.map(async (promotion) => ({
        ...(await brief(promotion, versions)),
        shadows: shadows.filter((one) => one.promotion === promotion.id).map(({ gate }) => gate),
      })),
    ),
    lastFailed: ended?.state === 'failed' ? await brief(ended, versions) : null,
  }
}

async function brief(promotion: Promotion, versions: Versions): Promise<Brief> {
  return { ...promotion, version: await versions(promotion.release), unmet: promotion.unmet.length }
}
