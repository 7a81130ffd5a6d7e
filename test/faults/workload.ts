import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Refusal } from '../../src/core/refusal.ts'
import type { CloudEvent } from '../../src/core/cloud-event.ts'
import type { Chance } from './chance.ts'
import type { World } from './world.ts'

/** What the clients were told, to be compared with what is true afterwards. */
export interface History {
  /** Ids of what a 2xx acknowledged. */
  runs: string[]
  promotions: string[]
  approvals: string[]
  /** Every signed checkpoint that anyone saw, in the order they saw them. */
  checkpoints: string[]
  /** The event stream of one subscriber that was there the whole time. */
  events: CloudEvent[]
  refusals: Map<string, number>
  /** What clients met that was no refusal, with its whole chain of causes: each is a bug. */
  surprises: { act: string; at: Date; error: string }[]
}

/** Has people build, promote, approve and roll back as fast as they are answered, until the signal aborts. */
export async function keepBusy(world: World, chance: Chance, signal: AbortSignal): Promise<History> {
  const history: History = {
    runs: [],
    promotions: [],
    approvals: [],
    checkpoints: [],
    events: [],
    refusals: new Map(),
    surprises: [],
  }
  const project = 'faulty'
  const { admin, approver, repository } = world
  const again = async (name: string, restMilliseconds: number, act: () => Promise<void>) => {
    while (!signal.aborted) {
      await act().catch((error: unknown) => keep(history, name, error))
      await pause(chance.between(0.5, 1.5) * restMilliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
  const runs = again('runs', 600, async () => {
    const { id } = await admin.startRun({ project, repository, ref: 'main' })
    history.runs.push(id)
  })
  const requests = again('requests', 500, async () => {
    const { items } = await admin.listReleases({ project, limit: 5 })
    const release = chance.pick(items)?.digest
    const environment = chance.pick(['dev', 'stg', 'prod'] as const) ?? 'dev'
    if (release === undefined) return
    const { id } = await admin.requestPromotion({ project, release, environment, class: 'hotfix', reason: 'because' })
    history.promotions.push(id)
  })
  const rollbacks = again('rollbacks', 4000, async () => {
    const environment = chance.pick(['dev', 'stg'] as const) ?? 'dev'
    const { id } = await admin.requestRollback({ project, environment, reason: 'drill' })
    history.promotions.push(id)
  })
  const resumptions = again('resumptions', 300, async () => {
    for (const { name, hold } of (await admin.getStatus({ project })).environments) {
      if (hold) await admin.resumeEnvironment({ project, environment: name, reason: 'go on' })
    }
  })
  const approvals = again('approvals', 200, async () => {
    const { items } = await approver.listPromotions({ project, environment: 'prod', state: 'waiting', limit: 5 })
    for (const { id } of items) {
      const approval = await approver.answerPromotion({ project, id, decision: 'approve', reason: 'fine' })
      history.approvals.push(approval.id)
    }
  })
  const watch = again('watch', 500, async () => {
    const note = (await admin.read('/log/checkpoint')).toString()
    if (history.checkpoints.at(-1) !== note) history.checkpoints.push(note)
  })
  const subscription = again('subscription', 100, async () => {
    const from = (history.events.at(-1)?.logindex ?? -1) + 1
    for await (const event of admin.follow({ from }, signal)) history.events.push(event)
  })
  await Promise.all([runs, requests, rollbacks, resumptions, approvals, watch, subscription])
  return history
}

/** What is refused is part of life; anything but a refusal is a bug, and is kept for the report. */
function keep({ refusals, surprises }: History, act: string, error: unknown): void {
  if (error instanceof Refusal) refusals.set(error.reason, (refusals.get(error.reason) ?? 0) + 1)
  else surprises.push({ act, at: new Date(), error: inspect(error, { depth: 10 }) })
}
