import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeployRequest, Phase } from '../core/deployer.ts'
import { readJson, writeOnce } from '../files/durable-file.ts'
import { isGroupAlive, type ProcessMark } from '../processes/process-mark.ts'
import { stopGroup } from '../processes/stop-group.ts'
import type { Execution } from './target.ts'

/*
 * Who may act on a target. Each process that carries out an execution first leaves a claim whose name sorts by
 * fence, phase and generation, and acts only while its claim is the highest. It ends the holders of all lower claims
 * before it acts, so there is one actor at a time, without a lock that a crash could leave behind. The highest claim
 * is never removed: it is the target's memory of the highest fence.
 */

/** A process's right to carry out one execution. */
export interface Claim extends Execution {
  fence: number
  /** 1 for the first process; the next one takes over after a crash. */
  generation: number
  holder: ProcessMark
}

/** The answer to asking for a claim. */
export type Claimed =
  | { answer: 'yours'; generation: number; overtaken: Execution[] }
  /** A living process carries out the same execution. */
  | { answer: 'busy' }
  | { answer: 'overtaken'; by: Claim }

const graceMilliseconds = 5_000

/** Later phases of a fence come after earlier ones, so a late `start` cannot undo a `discard`. */
const order: Record<Phase, number> = { start: 0, replace: 1, finish: 2, discard: 3 }

/** Claims the target for that process, and ends whoever held a lower claim on it unless `isDone` says its work is complete. */
export async function claimTarget(
  target: string,
  request: Pick<DeployRequest, 'promotion' | 'attempt' | 'phase' | 'fence'>,
  { holder, isDone }: { holder: ProcessMark; isDone: (execution: Execution) => Promise<boolean> },
): Promise<Claimed> {
  const { promotion, attempt, phase, fence } = request
  await mkdir(claimsOf(target), { recursive: true })
  for (;;) {
    const claims = await readClaims(target)
    const by = overtakenBy(claims, request)
    if (by) return { answer: 'overtaken', by }
    const last = claims.findLast((claim) => isSame(claim, request))
    if (last && isGroupAlive(last.holder)) return { answer: 'busy' }

    const mine: Claim = { promotion, attempt, phase, fence, generation: (last?.generation ?? 0) + 1, holder }
    if (!(await writeOnce(fileOf(target, mine), JSON.stringify(mine)))) continue

    const others = (await readClaims(target)).filter((claim) => nameOf(claim) !== nameOf(mine))
    const newer = overtakenBy(others, request)
    if (newer) {
      await rm(fileOf(target, mine), { force: true })
      return { answer: 'overtaken', by: newer }
    }
    for (const claim of others) {
      if (!(await isDone(claim))) await stopGroup(claim.holder, graceMilliseconds)
      await rm(fileOf(target, claim), { force: true })
    }
    return { answer: 'yours', generation: mine.generation, overtaken: others.filter((claim) => !isSame(claim, mine)) }
  }
}

/** The claim that forbids this request to act: one of a higher fence, of a later phase, or of someone else under the same fence. */
export function overtakenBy(
  claims: Claim[],
  request: Pick<DeployRequest, 'promotion' | 'attempt' | 'phase' | 'fence'>,
): Claim | undefined {
  return claims.findLast(
    (claim) =>
      claim.fence > request.fence ||
      (claim.fence === request.fence && (order[claim.phase] > order[request.phase] || !isSameAttempt(claim, request))),
  )
}

/** All claims on a target, lowest first. */
export async function readClaims(target: string): Promise<Claim[]> {
  const names = await readdir(claimsOf(target)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const finished = names.filter((name) => /^[0-9]+(\.[0-9]+){2}$/.test(name)).toSorted()
  const claims = await Promise.all(finished.map((name) => readJson<Claim>(join(claimsOf(target), name))))
  return claims.filter((claim) => claim !== null)
}

/** True when the process that claimed this execution, or anything it started, still runs. */
export function isUnderWay(claims: Claim[], request: Execution): boolean {
  return claims.some((claim) => isSame(claim, request) && isGroupAlive(claim.holder))
}

function isSame(claim: Execution, request: Execution): boolean {
  return isSameAttempt(claim, request) && claim.phase === request.phase
}

function isSameAttempt(claim: Execution, request: Execution): boolean {
  return claim.promotion === request.promotion && claim.attempt === request.attempt
}

function nameOf({ fence, phase, generation }: Claim): string {
  return [String(fence).padStart(16, '0'), order[phase], String(generation).padStart(8, '0')].join('.')
}

function fileOf(target: string, claim: Claim): string {
  return join(claimsOf(target), nameOf(claim))
}

function claimsOf(target: string): string {
  return join(target, 'claims')
}
