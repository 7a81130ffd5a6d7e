import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Weights } from '../core/router.ts'
import type { Digest } from '../core/digest.ts'
import { readJson, writeAtomic } from '../files/durable-file.ts'

/** One started release: a process that answers HTTP on a port of its own. */
export interface Instance {
  /** The attempt that brought it up, and the name of its folder. */
  name: string
  release: Digest
  version: string
  port: number
}

/** What runs at one target. Replacing this file is the moment traffic moves: the front reads it for every request. */
export interface ProcessState {
  /** Where the front listens; null before the first deployment. */
  port: number | null
  live: Instance | null
  candidate: Instance | null
}

/** The candidate's part of the traffic; it counts only for the candidate it names. */
export interface Share {
  candidate: string
  percent: number
  /** Which shift of its attempt this was; absent where an older Lockflight wrote it. */
  step?: number
}

/** A target's state; empty before the first deployment. */
export async function readProcessState(target: string): Promise<ProcessState> {
  return (await readJson<ProcessState>(join(target, 'state.json'))) ?? { port: null, live: null, candidate: null }
}

/** Puts a target's new state in force. */
export async function writeProcessState(target: string, state: ProcessState): Promise<void> {
  await writeAtomic(join(target, 'state.json'), JSON.stringify(state))
}

/** Puts a candidate's part of the traffic in force. */
export async function writeShare(target: string, share: Share): Promise<void> {
  await writeAtomic(join(target, 'share.json'), JSON.stringify(share))
}

/** The part of the traffic that a candidate was given last. */
export async function readShare(target: string): Promise<Share | null> {
  return (await readJson<Share>(join(target, 'share.json'))) ?? null
}

/** The weights in force; everything goes to the live release unless the present candidate was given a part. */
export async function readWeights(target: string): Promise<Weights> {
  const { candidate } = await readProcessState(target)
  const percent = percentOf(candidate, await readShare(target))
  return { live: 100 - percent, candidate: percent }
}

/** What the front needs for one request, read at once. */
export function readRoute(target: string): { live: number | null; candidate: number | null; percent: number } {
  const state = readNow(join(target, 'state.json')) as ProcessState | null
  const percent = percentOf(state?.candidate ?? null, readNow(join(target, 'share.json')) as Share | null)
  return { live: state?.live?.port ?? null, candidate: state?.candidate?.port ?? null, percent }
}

function percentOf(candidate: Instance | null, share: Share | null): number {
  return candidate && share?.candidate === candidate.name ? share.percent : 0
}

function readNow(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
