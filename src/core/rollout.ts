/** Where a rollout stands; saved before each effect, so that a restart repeats the effect it interrupted and no other. */
export interface RolloutState {
  /** Index into the plan of `rolloutPlan`. */
  position: number
  /** When the pause at this position ends. */
  pauseUntil: string | null
  /** Set when a step failed: the plan is then the abort plan. */
  aborting: string | null
  /** Percent of traffic on the new release, as last shifted. */
  weight: number
}
