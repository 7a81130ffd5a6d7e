import { lockflight } from '../core/actor.ts'
import type { Attestation } from '../core/attestation.ts'
import type { Inspection } from '../core/deployer.ts'
import type { Deployment } from '../core/deployment.ts'
import type { DeploymentFacts } from '../core/deployment-entry.ts'
import { drillHold, drillReceipt, type Drill } from '../core/drill.ts'
import type { Environment } from '../core/environment.ts'
import { fitted } from '../core/fitted.ts'
import { move, type Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import type { App } from './app.ts'
import type { AtWork } from './deployment-at-work.ts'
import { holdAutomatically } from './hold-environment.ts'
import { signStatement } from './sign-statement.ts'

/** Why a drill may no longer begin, although its promotion may start; null when it may, and for everything else. */
export async function whyTooLate(
  tx: Transaction,
  promotion: Promotion,
  live: Deployment | null,
): Promise<string | null> {
  const drill = promotion.class === 'drill' ? await tx.drills.of(promotion.id) : null
  const isBack = drill?.back === promotion.id
  return isBack && live?.release !== drill.release ? 'another release went live since the drill was asked for' : null
}

/** The environment as a promotion sees it: for what brings the live release of a drill back it is not held. */
export async function withoutDrillHold(
  tx: Transaction,
  promotion: Promotion,
  environment: Environment,
): Promise<Environment> {
  if (promotion.class !== 'drill' || environment.hold === null) return environment
  const drill = await tx.drills.of(promotion.id)
  return drill?.forth === promotion.id ? { ...environment, hold: null } : environment
}

/** Holds the environment from the start of a drill on, so that nothing comes between its two deployments. */
export async function beginDrill(tx: Transaction, promotion: Promotion): Promise<void> {
  const drill = promotion.class === 'drill' ? await tx.drills.of(promotion.id) : null
  if (drill?.back !== promotion.id) return
  const environment = await tx.environments.lock(drill.project, drill.environment)
  await holdAutomatically(tx, environment, drillHold(drill))
}

/** Signs, before its last deployment is written down as verified, that a drill succeeded; null for every other deployment. */
export async function signDrillReceipt(app: App, { promotion, deployment }: AtWork): Promise<Attestation | null> {
  if (promotion.class !== 'drill') return null
  const legs = await app.store.read(async (tx) => {
    const drill = await tx.drills.of(promotion.id)
    if (drill?.state !== 'running' || drill.forth !== promotion.id) return null
    const { project, environment } = drill
    const [release, target, earlier] = await Promise.all([
      tx.releases.get(project, drill.release),
      tx.releases.get(project, drill.target),
      tx.deployments.of(project, environment, drill.target),
    ])
    const back = earlier.find((one) => one.promotion === drill.back && one.outcome === 'succeeded')
    return back ? { drill, release, target, back, forth: deployment, at: tx.now, executor: app.builderId } : null
  })
  if (!legs) return null
  const statement = drillReceipt(legs)
  return { release: legs.drill.release, ...(await signStatement(app, statement)), createdAt: legs.at }
}

/** After a verified deployment of a drill: what was live comes back, or the drill is over and the environment is as before. Does nothing for a drill that was given up. */
export async function continueDrill(
  app: App,
  tx: Transaction,
  facts: DeploymentFacts,
  receipt: Attestation | null,
): Promise<void> {
  const drill = await runningDrill(tx, facts.promotion)
  if (!drill) return
  if (drill.back === facts.promotion.id) {
    const forth = await bringBack(app, tx, drill, facts)
    return tx.drills.save({ ...drill, forth: forth.id })
  }
  if (!receipt) throw new Error(`drill ${drill.id} has no receipt although it goes on`)
  await tx.attestations.add(drill.project, { ...receipt, createdAt: tx.now })
  await endDrill(tx, drill, { state: 'succeeded', reason: '', receipt: receipt.digest })
  await endHold(tx, drill)
}

async function bringBack(
  app: App,
  tx: Transaction,
  { project, release, environment, requestedBy, requestReason }: Drill,
  { definition }: DeploymentFacts,
): Promise<Promotion> {
  return addPromotion(tx, {
    id: app.newId(),
    release: await tx.releases.get(project, release),
    environment,
    definition,
    class: 'drill',
    by: requestedBy,
    reason: `drill: ${requestReason}`,
  })
}

/** A hold that a person has set meanwhile stays. */
async function endHold(tx: Transaction, drill: Drill): Promise<void> {
  const { project, environment: name } = drill
  const environment = await tx.environments.lock(project, name)
  const { hold } = environment
  if (hold?.by !== lockflight.id || hold.reason !== drillHold(drill)) return
  await tx.environments.save({ ...environment, hold: null })
  const data = { reason: 'the drill is over', heldBy: hold.by, heldFor: hold.reason }
  await tx.log({ type: 'environment.resumed', actor: lockflight.id, project, environment: name, subject: name, data })
}

/** Ends the drill that a promotion belongs to, because that will not be deployed; once it has begun the environment stays held, with the reason. */
export async function failDrill(tx: Transaction, promotion: Promotion, reason: string): Promise<void> {
  const drill = await runningDrill(tx, promotion)
  if (!drill) return
  await endDrill(tx, drill, { state: 'failed', reason, receipt: null })
  if (drill.forth === promotion.id || promotion.attempt > 0) await holdAfter(tx, drill, reason)
}

/** The same after a deployment that failed; when it may have taken away what was live, that is brought back. */
export async function failDrilling(
  app: App,
  tx: Transaction,
  facts: DeploymentFacts,
  running: Inspection['release'],
): Promise<void> {
  const { promotion, deployment } = facts
  const drill = await runningDrill(tx, promotion)
  if (!drill) return
  const isAway = drill.back === promotion.id && running !== drill.release
  const forth = isAway ? (await bringBack(app, tx, drill, facts)).id : drill.forth
  await endDrill(tx, { ...drill, forth }, { state: 'failed', reason: deployment.reason, receipt: null })
  await holdAfter(tx, drill, deployment.reason)
}

async function runningDrill(tx: Transaction, { id, class: kind }: Promotion): Promise<Drill | null> {
  const drill = kind === 'drill' ? await tx.drills.of(id) : null
  return drill?.state === 'running' ? drill : null
}

async function holdAfter(tx: Transaction, { project, environment }: Drill, reason: string): Promise<void> {
  const current = await tx.environments.lock(project, environment)
  await holdAutomatically(tx, current, `the drill of ${environment} failed: ${reason}`)
}

/** Ends a drill that runs there, for something that matters more; what it still waits to deploy is cancelled. */
export async function giveUpDrill(
  tx: Transaction,
  { project, environment }: { project: string; environment: string },
  reason: string,
): Promise<void> {
  const drill = await tx.drills.running(project, environment)
  if (!drill) return
  const promotion = await tx.promotions.lock(drill.forth ?? drill.back)
  if (promotion.state === 'waiting') {
    await tx.promotions.save(move(promotion, 'cancelled', reason, tx.now))
    await tx.log({
      type: 'promotion.cancelled',
      actor: lockflight.id,
      project,
      environment,
      subject: promotion.id,
      data: { release: promotion.release, reason },
    })
  }
  await failDrill(tx, promotion, reason)
}

async function endDrill(
  tx: Transaction,
  drill: Drill,
  { state, reason, receipt }: Pick<Drill, 'state' | 'reason' | 'receipt'>,
): Promise<void> {
  const { project, environment, release, target, back, forth, startedAt } = drill
  await tx.drills.save({ ...drill, state, reason, receipt, finishedAt: tx.now })
  await tx.log({
    type: 'drill.completed',
    actor: lockflight.id,
    project,
    environment,
    subject: drill.id,
    data: fitted({
      outcome: state,
      reason,
      release,
      target,
      back,
      forth,
      receipt,
      durationSeconds: (tx.now.getTime() - startedAt.getTime()) / 1000,
    }),
  })
}
