import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RolloutDefinition } from './configuration.ts'
import {
  abortedState,
  abortPlan,
  currentAction,
  deadline,
  isTurnedBack,
  nextState,
  rolloutPlan,
  rolloutStart,
  stepOf,
  type RolloutAction,
  type RolloutState,
} from './rollout.ts'

const standard = { previous: `sha256:${'a'.repeat(64)}`, class: 'standard' } as const
const first = { ...standard, previous: null }
const rollback = { ...standard, class: 'rollback' } as const
const noon = new Date('2026-11-05T12:00:00Z')
const router = { use: 'process' }
const probe = { use: 'http', path: '/' }

const checks = fc.array(fc.constant(probe), { maxLength: 2 })
const pause = fc.option(fc.constantFrom('0s', '10s', '5m'), { nil: undefined })
const definitions: fc.Arbitrary<RolloutDefinition> = fc.oneof(
  fc.constant({ use: 'rolling' } as const),
  fc.record({
    use: fc.constant('canary' as const),
    router: fc.constant(router),
    steps: fc.array(fc.record({ weight: fc.integer({ min: 0, max: 100 }), pause, check: checks }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc.record({ use: fc.constant('blue-green' as const), router: fc.constant(router), check: checks, pause }),
)
const before = fc.constantFrom(standard, first, rollback)

test('a canary goes up step by step, then takes everything and finishes', () => {
  const plan = rolloutPlan(
    {
      use: 'canary',
      router,
      steps: [
        { weight: 10, pause: '1m', check: [probe] },
        { weight: 50, check: [] },
      ],
    },
    standard,
  )
  expect(plan).toEqual([
    { do: 'deploy', phase: 'start' },
    { do: 'shift', weights: { live: 90, candidate: 10 } },
    { do: 'pause', seconds: 60 },
    { do: 'check', verifications: [probe] },
    { do: 'shift', weights: { live: 50, candidate: 50 } },
    { do: 'shift', weights: { live: 0, candidate: 100 } },
    { do: 'deploy', phase: 'finish' },
  ])
})

test('blue-green checks before any traffic, switches, and keeps the old release for a while', () => {
  expect(rolloutPlan({ use: 'blue-green', router, check: [probe], pause: '5m' }, standard)).toEqual([
    { do: 'deploy', phase: 'start' },
    { do: 'check', verifications: [probe] },
    { do: 'shift', weights: { live: 0, candidate: 100 } },
    { do: 'pause', seconds: 300 },
    { do: 'deploy', phase: 'finish' },
  ])
})

test('A34 steps only grow, to the end or back from any failure', () => {
  fc.assert(
    fc.property(definitions, before, fc.nat(20), (definition, deployment, failing) => {
      const plan = rolloutPlan(definition, deployment)
      const steps = [stepOf(rolloutStart)]
      let state: RolloutState = rolloutStart
      while (currentAction(plan, state)) {
        state =
          steps.length - 1 === failing && !state.aborting ? abortedState(state, 'no', noon) : nextState(plan, state)
        steps.push(stepOf(state))
      }
      for (const [at, step] of steps.entries()) expect(step).toBe(at)
    }),
  )
})

test('the first release of an environment is checked and then gets all traffic at once', () => {
  const steps = [
    { weight: 10, pause: '1h', check: [probe] },
    { weight: 100, check: [] },
  ]
  expect(rolloutPlan({ use: 'canary', router, steps }, first)).toEqual([
    { do: 'deploy', phase: 'start' },
    { do: 'check', verifications: [probe] },
    { do: 'shift', weights: { live: 0, candidate: 100 } },
    { do: 'deploy', phase: 'finish' },
  ])
})

test('a rollback takes all traffic back in one step, without pauses or checks, however the environment rolls out', () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const atOnce = [
        { do: 'deploy', phase: 'start' },
        { do: 'shift', weights: { live: 0, candidate: 100 } },
        { do: 'deploy', phase: 'finish' },
      ]
      const replaced = [{ do: 'deploy', phase: 'replace' }]
      expect(rolloutPlan(definition, rollback)).toEqual(definition.use === 'rolling' ? replaced : atOnce)
    }),
  )
})

test('a rolling deployment leaves nothing to undo', () => {
  const plan = rolloutPlan({ use: 'rolling' }, standard)
  expect(plan).toEqual([{ do: 'deploy', phase: 'replace' }])
  expect(abortPlan(plan, 0)).toEqual([])
})

test('weights stay between 0 and 100, add up to 100, and end with the new release alone', () => {
  fc.assert(
    fc.property(definitions, before, (definition, live) => {
      const plan = rolloutPlan(definition, live)
      for (const { candidate, live: rest } of weightsOf(plan)) {
        expect(candidate).toBeGreaterThanOrEqual(0)
        expect(candidate).toBeLessThanOrEqual(100)
        expect(candidate + rest).toBe(100)
      }
      expect(weightsOf(plan).at(-1)?.candidate ?? 100).toBe(100)
    }),
  )
})

test('every plan starts one release and ends by making it the live one', () => {
  fc.assert(
    fc.property(definitions, before, (definition, live) => {
      const phases = rolloutPlan(definition, live).flatMap((action) => (action.do === 'deploy' ? [action.phase] : []))
      expect(phases).toEqual(definition.use === 'rolling' ? ['replace'] : ['start', 'finish'])
      expect(rolloutPlan(definition, live).at(-1)?.do).toBe('deploy')
    }),
  )
})

test('no release gets traffic before it is started, and no weight is skipped', () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const plan = rolloutPlan(definition, standard)
      expect(plan[0]?.do).toBe('deploy')
      if (definition.use !== 'canary') return
      const wanted = definition.steps.map(({ weight }) => weight)
      const shifted = weightsOf(plan).map(({ candidate }) => candidate)
      expect(shifted).toEqual(wanted.at(-1) === 100 ? wanted : [...wanted, 100])
    }),
  )
})

test('an abort from anywhere ends with all traffic on the live release and then removes the new one', () => {
  fc.assert(
    fc.property(definitions, before, fc.nat(), (definition, live, anywhere) => {
      const plan = rolloutPlan(definition, live)
      const failedAt = anywhere % plan.length
      const abort = abortPlan(plan, failedAt)
      const weights = [...weightsOf(plan.slice(0, failedAt + 1)), ...weightsOf(abort)]
      expect(weights.at(-1)?.live ?? 100).toBe(100)
      const last = abort.at(-1)
      expect(last).toEqual(definition.use === 'rolling' ? undefined : { do: 'deploy', phase: 'discard' })
    }),
  )
})

test('walking a rollout makes each effect of the plan once, and after a failure each of the abort plan', () => {
  fc.assert(
    fc.property(definitions, fc.nat(), (definition, anywhere) => {
      const plan = rolloutPlan(definition, standard)
      expect(walk(plan, rolloutStart).made).toEqual(plan)
      expect(walk(plan, rolloutStart).state.aborting).toBeNull()

      const failedAt = anywhere % plan.length
      const upTo = plan.slice(0, failedAt).reduce((state) => nextState(plan, state), rolloutStart)
      const aborting = abortedState(upTo, 'the check failed', noon)
      const { made, state } = walk(plan, aborting)
      expect(made).toEqual(abortPlan(plan, failedAt))
      expect(state.weight).toBe(0)
      expect(state.aborting).toEqual({ reason: 'the check failed', at: failedAt, since: noon.toISOString() })
      expect(abortedState(aborting, 'again', new Date(0))).toBe(aborting)
    }),
  )
})

test('a rollout is turned back once its whole abort is made, unless the live release was being replaced', () => {
  fc.assert(
    fc.property(definitions, fc.nat(), (definition, anywhere) => {
      const plan = rolloutPlan(definition, standard)
      const failedAt = anywhere % plan.length
      const upTo = plan.slice(0, failedAt).reduce((state) => nextState(plan, state), rolloutStart)
      const aborting = abortedState(upTo, 'the check failed', noon)
      const replacing = failedAt === plan.length - 1
      expect(isTurnedBack(plan, upTo)).toBe(false)
      expect(isTurnedBack(plan, aborting)).toBe(false)
      expect(isTurnedBack(plan, walk(plan, aborting).state)).toBe(!replacing)
    }),
  )
})

test('a rollout has its limit and its pauses, and an abort has the limit once more from where it begins', () => {
  const steps = [
    { weight: 10, pause: '1h', check: [] },
    { weight: 50, pause: '2h', check: [] },
  ]
  const plan = rolloutPlan({ use: 'canary', router, steps }, standard)
  const given = { startedAt: new Date('2026-11-05T08:00:00Z'), limitSeconds: 1800 }
  expect(deadline(plan, rolloutStart, given)).toEqual(new Date('2026-11-05T11:30:00Z'))
  const aborting = abortedState(rolloutStart, 'too slow', noon)
  expect(deadline(plan, aborting, given)).toEqual(new Date('2026-11-05T12:30:00Z'))
})

function weightsOf(plan: RolloutAction[]) {
  return plan.flatMap((action) => (action.do === 'shift' ? [action.weights] : []))
}

function walk(plan: RolloutAction[], from: RolloutState) {
  const made: RolloutAction[] = []
  let state = from
  for (let action = currentAction(plan, state); action; action = currentAction(plan, state)) {
    made.push(action)
    state = nextState(plan, state)
  }
  return { made, state }
}
