import type { Actor } from '../core/actor.ts'
import { fitted } from '../core/fitted.ts'
import type { Quarantine } from '../core/quarantine.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { wakePromotionsOf } from './wake.ts'

/** A release in quarantine, and where it is all the same: a quarantine stops nothing that has started. */
export interface Quarantined {
  release: Release['digest']
  version: string
  quarantine: Quarantine
  running: { environment: string; promotion: string }[]
  /** Environments. */
  liveIn: string[]
}

/** Lets a release start nowhere from now on, not as the target of a rollback either. */
export async function quarantineRelease(
  app: App,
  actor: Actor,
  { project, release: name, reason }: { project: string; release: string; reason: string },
): Promise<Quarantined> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'release.quarantine', { project, environment: null })
    const release = await tx.releases.find(project, name)
    const { digest, version } = release
    const places = await placesOf(tx, release)
    if (await tx.quarantines.find(project, digest)) {
      throw new Refusal('conflict', `${version} is in quarantine already; see: lockflight release show ${version}`)
    }
    const quarantine: Quarantine = { project, release: digest, by: actor.id, reason, at: tx.now }
    await tx.quarantines.add(quarantine)
    await tx.log({
      type: 'release.quarantined',
      actor: actor.id,
      project,
      subject: digest,
      data: fitted({ version, reason, ...places }),
    })
    await wakePromotionsOf(tx, release)
    return { release: digest, version, quarantine, ...places }
  })
}

/** Where it runs or is being put, under the locks that every start takes: whoever starts later sees the quarantine, and who started before is seen here. */
async function placesOf(tx: Transaction, { project, digest }: Release) {
  const running: Quarantined['running'] = []
  const liveIn: string[] = []
  for (const { name } of await tx.environments.list(project)) {
    const { active } = await tx.environments.lock(project, name)
    const promotion = active === null ? null : await tx.promotions.get(project, active)
    if (promotion?.release === digest) running.push({ environment: name, promotion: promotion.id })
    if ((await tx.deployments.live(project, name))?.release === digest) liveIn.push(name)
  }
  return { running, liveIn }
}
