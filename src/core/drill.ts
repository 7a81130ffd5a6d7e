import { z } from 'zod'
import type { ActorId } from './actor.ts'
import type { Statement } from './attestation.ts'
import type { Deployment } from './deployment.ts'
import { digest, type Digest } from './digest.ts'
import type { Release } from './release.ts'

/** Where a drill can stand. */
export const drillStates = ['running', 'succeeded', 'failed'] as const

/** A real rollback for practice: to the release before and forth again, while nothing else may be deployed there. */
export interface Drill {
  id: string
  project: string
  environment: string
  state: (typeof drillStates)[number]
  /** Why it failed; empty otherwise. */
  reason: string
  /** What was live, and is again when it succeeded. */
  release: Digest
  /** What it goes back to. */
  target: Digest
  /** The promotion that goes back. */
  back: string
  /** The one that brings `release` back; null before that. */
  forth: string | null
  requestedBy: ActorId
  /** What its requester gave as the reason. */
  requestReason: string
  startedAt: Date
  finishedAt: Date | null
  /** The signed statement that it succeeded, kept with `release`. */
  receipt: Digest | null
}

/** Drills of all projects. */
export interface Drills {
  add(drill: Drill): Promise<void>
  /** Refuses with `conflict` when it has ended already. */
  save(drill: Drill): Promise<void>
  /** The one that a promotion belongs to. */
  of(promotion: string): Promise<Drill | null>
  running(project: string, environment: string): Promise<Drill | null>
  /** Newest first. */
  list(query: { project: string; environment: string; limit: number }): Promise<Drill[]>
}

/** The reason of the hold that keeps everything else away from when it begins; no other hold has it. */
export function drillHold({ id, requestReason }: Pick<Drill, 'id' | 'requestReason'>): string {
  return `drill ${id}: ${requestReason}`
}

/** What a receipt of a drill says. Ours. */
export const drillType = 'https://lockflight.dev/drill/v1'

const named = z.strictObject({ digest, version: z.string() })
const leg = z.strictObject({
  promotion: z.string(),
  attempt: z.int().min(1),
  fence: z.int().min(1),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
})

const receipt = z.strictObject({
  drill: z.string(),
  project: z.string(),
  environment: z.string(),
  /** What was live before and after. */
  release: named,
  target: named,
  back: leg,
  forth: leg,
  requestedBy: z.string(),
  finishedAt: z.iso.datetime(),
  /** This installation. */
  executor: z.string(),
})
export type DrillReceipt = z.output<typeof receipt>

/** Everything a receipt is made from. */
export interface DrilledLegs {
  drill: Drill
  release: Pick<Release, 'digest' | 'version'>
  target: Pick<Release, 'digest' | 'version'>
  back: Deployment
  /** Verified, and about to be written down as such. */
  forth: Deployment
  at: Date
  executor: string
}

/** Says that a drill succeeded, and how long both ways took. Its subjects are the releases, not their artifacts: it does not say how anything was made. */
export function drillReceipt({ drill, release, target, back, forth, at, executor }: DrilledLegs): Statement {
  const of = ({ digest: name, version }: Pick<Release, 'digest' | 'version'>) => ({ digest: name, version })
  const predicate: z.input<typeof receipt> = {
    drill: drill.id,
    project: drill.project,
    environment: drill.environment,
    release: of(release),
    target: of(target),
    back: legOf(back, back.finishedAt ?? at),
    forth: legOf(forth, at),
    requestedBy: drill.requestedBy,
    finishedAt: at.toISOString(),
    executor,
  }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [release, target].map(({ digest: name, version }) => ({
      name: `release ${version}`,
      digest: { sha256: name.slice('sha256:'.length) },
    })),
    predicateType: drillType,
    predicate,
  }
}

function legOf({ promotion, attempt, fence, startedAt }: Deployment, finishedAt: Date): z.input<typeof leg> {
  return {
    promotion,
    attempt,
    fence,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationSeconds: Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000,
  }
}

/** Reads a verified statement; null when it is no receipt of a drill. */
export function readDrillReceipt({ predicateType, predicate }: Statement): DrillReceipt | null {
  const read = receipt.safeParse(predicate)
  return predicateType === drillType && read.success ? read.data : null
}
