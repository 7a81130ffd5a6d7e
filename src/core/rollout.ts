import type { Chosen, RolloutDefinition } from './configuration.ts'
import type { Phase } from './deployer.ts'
import type { Digest } from './digest.ts'
import { after, seconds } from './duration.ts'
import { goesBack } from './promotion.ts'
import type { PromotionClass } from './promotion.ts'
import type { Weights } from './router.ts'

/** Where a rollout stands; saved before each effect, so that a restart repeats the effect it interrupted and no other. */
export interface RolloutState {
  /** Index into the plan of `rolloutPlan`; while aborting, into the plan of `abortPlan`. */
  position: number
  /** When the pause at this position ends. */
  pauseUntil: string | null
  /** Set when a step failed: why, at which position of the plan, and since when (ISO 8601). */
  aborting: { reason: string; at: number; since: string } | null
  /** Percent of traffic on the new release, as last shifted. */
  weight: number
  /** For each phase, how many bytes of what it printed are in the deployment's log; absent before the first. */
  printed?: Partial<Record<Phase, number>>
}

/** One effect of a rollout; each may be repeated after a crash. */
export type RolloutAction =
  | { do: 'deploy'; phase: Phase }
  | { do: 'shift'; weights: Weights }
  | { do: 'check'; verifications: Chosen[] }
  | { do: 'pause'; seconds: number }

/** A rollout before its first effect. */
export const rolloutStart: RolloutState = { position: 0, pauseUntil: null, aborting: null, weight: 0 }

/**
 * What to do, in order, to put a release in the place of `previous`. Without one there is no traffic to divide: all of
 * it goes to the new release once every check has passed. What goes back is in a hurry: its release was healthy here before,
 * so it gets all traffic in one step, without the pauses and checks on the way.
 */
export function rolloutPlan(
  definition: RolloutDefinition,
  { previous, class: kind }: { previous: Digest | null; class: PromotionClass },
): RolloutAction[] {
  if (definition.use === 'rolling') return [{ do: 'deploy', phase: 'replace' }]
  if (goesBack(kind)) return besideLive([shift(100)])
  if (definition.use === 'blue-green') {
    const pause = previous === null ? [] : paused(definition.pause)
    return besideLive([...checked(definition.check), shift(100), ...pause])
  }
  if (previous === null) return besideLive([...checked(definition.steps.flatMap(({ check }) => check)), shift(100)])
  const steps = definition.steps.flatMap(stepActions)
  return besideLive(definition.steps.at(-1)?.weight === 100 ? steps : [...steps, shift(100)])
}

/** How to undo a plan that failed at that position, that action included: all traffic back to the live release first, then the new one away. Empty when nothing stands beside the live release. */
export function abortPlan(plan: RolloutAction[], failedAt: number): RolloutAction[] {
  const begun = plan.slice(0, failedAt + 1)
  const shifted = begun.some((action) => action.do === 'shift')
  const started = begun.some((action) => action.do === 'deploy' && action.phase === 'start')
  return [...(shifted ? [shift(0)] : []), ...(started ? [{ do: 'deploy', phase: 'discard' } as const] : [])]
}

/** The phases of the deployer that have begun, those of an abort too. */
export function phasesBegun(plan: RolloutAction[], { position, aborting }: RolloutState): Phase[] {
  const made = aborting
    ? [...plan.slice(0, aborting.at + 1), ...abortPlan(plan, aborting.at).slice(0, position + 1)]
    : plan.slice(0, position + 1)
  return made.flatMap((action) => (action.do === 'deploy' ? [action.phase] : []))
}

/** The effect to make now; undefined when the rollout, or its abort, is done. */
export function currentAction(plan: RolloutAction[], state: RolloutState): RolloutAction | undefined {
  return (state.aborting ? abortPlan(plan, state.aborting.at) : plan)[state.position]
}

/** How far a deployment has come, as a number that only grows, also when it turns back. */
export function stepOf({ position, aborting }: RolloutState): number {
  return aborting ? aborting.at + 1 + position : position
}

/** The state once the current effect is made. */
export function nextState(plan: RolloutAction[], state: RolloutState): RolloutState {
  const done = currentAction(plan, state)
  const weight = done?.do === 'shift' ? done.weights.candidate : state.weight
  return { ...state, position: state.position + 1, pauseUntil: null, weight }
}

/** The state that turns back; an abort that fails itself is not aborted again. */
export function abortedState(state: RolloutState, reason: string, now: Date): RolloutState {
  if (state.aborting) return state
  return { ...state, position: 0, pauseUntil: null, aborting: { reason, at: state.position, since: now.toISOString() } }
}

/** True when all that stood beside the live release is undone, and nothing had begun to take that one's place. */
export function isTurnedBack(plan: RolloutAction[], { aborting, position }: RolloutState): boolean {
  if (!aborting) return false
  const undo = abortPlan(plan, aborting.at)
  const replaced = plan.slice(0, aborting.at + 1).some((action) => action.do === 'deploy' && action.phase !== 'start')
  return position >= undo.length && !replaced
}

/** When it must be done: pauses come on top of the limit, and an abort has the whole limit from its own beginning. */
export function deadline(
  plan: RolloutAction[],
  { aborting }: RolloutState,
  { startedAt, limitSeconds }: { startedAt: Date; limitSeconds: number },
): Date {
  if (aborting) return after(new Date(aborting.since), limitSeconds)
  const pauseSeconds = plan.reduce((sum, action) => sum + (action.do === 'pause' ? action.seconds : 0), 0)
  return after(startedAt, limitSeconds + pauseSeconds)
}

function besideLive(steps: RolloutAction[]): RolloutAction[] {
  return [{ do: 'deploy', phase: 'start' }, ...steps, { do: 'deploy', phase: 'finish' }]
}

function stepActions({ weight, pause, check }: { weight: number; pause?: string | undefined; check: Chosen[] }) {
  return [shift(weight), ...paused(pause), ...checked(check)]
}

function shift(candidate: number): RolloutAction {
  return { do: 'shift', weights: { live: 100 - candidate, candidate } }
}

function paused(pause: string | undefined): RolloutAction[] {
  return pause === undefined ? [] : [{ do: 'pause', seconds: seconds(pause) }]
}

function checked(verifications: Chosen[]): RolloutAction[] {
  return verifications.length > 0 ? [{ do: 'check', verifications }] : []
}
