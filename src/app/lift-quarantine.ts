import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { wakePromotionsOf } from './wake.ts'

/** Lets a release start again where its gates agree; what waits with it is looked at at once. */
export async function liftQuarantine(
  app: App,
  actor: Actor,
  { project, release: name, reason }: { project: string; release: string; reason: string },
): Promise<{ release: Digest; version: string }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'release.quarantine', { project, environment: null })
    const release = await tx.releases.find(project, name)
    const { digest, version } = release
    const quarantine = await tx.quarantines.find(project, digest)
    if (!quarantine) throw new Refusal('conflict', `${version} is not in quarantine`)
    await tx.quarantines.remove(project, digest)
    await tx.log({
      type: 'release.quarantine-lifted',
      actor: actor.id,
      project,
      subject: digest,
      data: { version, reason, by: quarantine.by, was: quarantine.reason },
    })
    await wakePromotionsOf(tx, release)
    return { release: digest, version }
  })
}
