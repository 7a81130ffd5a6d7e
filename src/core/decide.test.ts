import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Condition } from './condition.ts'
import { decide } from './decide.ts'
import { digestOf, type Digest } from './digest.ts'
import { verdict, type Evaluation, type RequiredGate, type VerdictInput } from './gate.ts'
import { promotionClasses, type Promotion } from './promotion.ts'
import type { Situation } from './situation.ts'

const at = new Date('2026-11-23T12:00:00Z')
const release = digestOf('release')
const secondsAgo = (count: number) => new Date(at.getTime() - count * 1000)

function waiting(given: Partial<Promotion> = {}): Promotion {
  return {
    id: 'p1',
    project: 'shop',
    environment: 'prod',
    release,
    class: 'standard',
    state: 'waiting',
    reason: '',
    requestedBy: 'alice@idp',
    requestedAt: secondsAgo(600),
    requestReason: '',
    expiresAt: secondsAgo(-3600),
    attempt: 0,
    unmet: [],
    recheckAt: null,
    finishedAt: null,
    version: 1,
    ...given,
  }
}

function gate(id: string, given: Partial<RequiredGate> = {}): RequiredGate {
  return {
    id,
    use: id,
    digest: digestOf(id),
    config: {},
    reads: 'records',
    kind: 'static',
    maxAgeSeconds: 0,
    timeoutSeconds: 60,
    stableForSeconds: 0,
    overridable: true,
    ...given,
  }
}

let made = 0
function evaluation(of: RequiredGate, said: VerdictInput, given: Partial<Evaluation> = {}): Evaluation {
  const { id, use, digest, config } = of
  return {
    id: `e${++made}`,
    promotion: 'p1',
    release,
    environment: 'prod',
    gate: { id, use, digest, config },
    evidence: {},
    evidenceDigest: digestOf('{}'),
    verdict: verdict.parse(said),
    at,
    ...given,
  }
}

const pass: VerdictInput = { outcome: 'pass', reason: 'fine' }
const wait: VerdictInput = { outcome: 'wait', reason: 'not yet' }
const [quality, soak] = [gate('quality'), gate('soak')]

function situation(given: Partial<Situation> = {}): Situation {
  const required = given.required ?? [quality, soak]
  const evaluations = required.map((each) => evaluation(each, pass))
  return {
    promotion: waiting(),
    environment: { active: null, hold: null },
    pin: null,
    release: { digest: release, version: '7-ccccccc', artifacts: [] },
    quarantine: null,
    policy: digestOf('policy'),
    nextPolicyAt: null,
    required,
    evaluations,
    changes: [],
    overrides: [],
    lastRecordedAt: at,
    at,
    ...given,
  }
}

const idsOf = (given: Situation) => {
  const decision = decide(given)
  return 'unmet' in decision ? decision.unmet.map(({ id }) => id) : decision.next
}

test('it starts when every gate passed', () => {
  expect(decide(situation())).toEqual({ next: 'start' })
  expect(decide(situation({ required: [] }))).toEqual({ next: 'start' })
})

test('everything that is unmet is listed at once, the environment first', () => {
  const hold = { by: 'olga@idp', reason: 'incident 12', at: secondsAgo(60) }
  const given = situation({
    environment: { active: 'p0', hold },
    evaluations: [evaluation(quality, { outcome: 'fail', reason: '2 tests failed', unblock: 'a passing run' })],
  })
  expect(decide(given)).toMatchObject({
    next: 'wait',
    unmet: [
      { id: 'held', kind: 'environment', outcome: 'wait', reason: 'prod is held: incident 12' },
      { id: 'busy', kind: 'environment', outcome: 'wait', unblock: 'the end of promotion p0' },
      { id: 'quality', kind: 'gate', outcome: 'fail', reason: '2 tests failed', unblock: 'a passing run' },
      { id: 'soak', kind: 'gate', outcome: 'wait', reason: 'not evaluated yet' },
    ],
  })
})

test('a hold stops everything but a rollback, and a running deployment stops that too', () => {
  const hold = { by: 'olga@idp', reason: 'incident', at }
  for (const promotionClass of ['standard', 'hotfix', 'drill'] as const) {
    expect(
      idsOf(situation({ promotion: waiting({ class: promotionClass }), environment: { active: null, hold } })),
    ).toEqual(['held'])
  }
  const rollback = waiting({ class: 'rollback' })
  expect(idsOf(situation({ promotion: rollback, environment: { active: null, hold } }))).toBe('start')
  expect(idsOf(situation({ promotion: rollback, environment: { active: 'p0', hold } }))).toEqual(['busy'])
})

test('a pin lets in the release it is for, and rollbacks, and no other', () => {
  const pinned = (to: Digest, given: Partial<Promotion> = {}) => {
    const pin = { project: 'shop', environment: 'prod', release: to, by: 'olga@idp', reason: 'the audit', at }
    return idsOf(situation({ promotion: waiting(given), pin }))
  }
  expect(pinned(release)).toBe('start')
  for (const promotionClass of ['standard', 'hotfix', 'drill'] as const) {
    expect(pinned(digestOf('other'), { class: promotionClass })).toEqual(['pinned'])
  }
  expect(pinned(digestOf('other'), { class: 'rollback' })).toBe('start')
})

test('A31 while the clock is behind the log only a rollback starts', () => {
  const started = (seconds: number, given: Partial<Promotion> = {}) =>
    idsOf(situation({ promotion: waiting(given), lastRecordedAt: secondsAgo(-seconds) }))
  expect([started(-60), started(0), started(30)]).toEqual(['start', 'start', 'start'])
  expect(started(31)).toEqual(['clock'])
  expect(started(3600, { class: 'rollback' })).toBe('start')
  expect(decide(situation({ lastRecordedAt: secondsAgo(-120) }))).toMatchObject({ recheckAt: secondsAgo(-120) })
  expect(idsOf(situation({ lastRecordedAt: null }))).toBe('start')
})

test('A04 a verdict about another release, environment, promotion or definition of the gate is not looked at', () => {
  const elsewhere: Partial<Evaluation>[] = [
    { release: digestOf('other') },
    { environment: 'stg' },
    { promotion: 'p2' },
    { gate: { ...quality, digest: digestOf('other settings') } },
    { gate: { ...quality, id: 'quality-2' } },
    { at: secondsAgo(-1) },
  ]
  for (const given of elsewhere) {
    const evaluations = [evaluation(quality, pass, given), evaluation(soak, pass)]
    expect(idsOf(situation({ evaluations })), JSON.stringify(given)).toEqual(['quality'])
  }
})

test('A33 only the newest verdict counts, and it must be young enough', () => {
  const outside = gate('command', { maxAgeSeconds: 300 })
  const now = (...evaluations: Evaluation[]) => idsOf(situation({ required: [outside], evaluations }))
  expect(now(evaluation(outside, pass, { at: secondsAgo(300) }))).toBe('start')
  expect(now(evaluation(outside, pass, { at: secondsAgo(301) }))).toEqual(['command'])
  expect(
    now(evaluation(outside, pass, { at: secondsAgo(20) }), evaluation(outside, wait, { at: secondsAgo(10) })),
  ).toEqual(['command'])
  expect(
    now(evaluation(outside, wait, { at: secondsAgo(20) }), evaluation(outside, pass, { at: secondsAgo(10) })),
  ).toBe('start')
  expect(now(evaluation(outside, wait), evaluation(outside, pass))).toEqual(['command'])
  const tooOld = decide(
    situation({ required: [outside], evaluations: [evaluation(outside, pass, { at: secondsAgo(900) })] }),
  )
  expect(tooOld).toMatchObject({
    unmet: [{ outcome: 'wait', expected: 'a verdict at most 5m old', observed: '15m old' }],
  })
})

test('a final failure rejects, and says everything else that was unmet', () => {
  const evaluations = [
    evaluation(quality, wait),
    evaluation(soak, { outcome: 'fail', reason: 'bob said no', final: true }),
  ]
  expect(decide(situation({ evaluations }))).toMatchObject({
    next: 'reject',
    unmet: [{ id: 'quality' }, { id: 'soak' }],
  })
  const about = { release: digestOf('other') }
  const stale = [...evaluations.slice(0, 1), evaluation(soak, { outcome: 'fail', reason: 'no', final: true }, about)]
  expect(decide(situation({ evaluations: stale })).next).toBe('wait')
})

test('it expires at the very moment it says, whatever the gates say', () => {
  expect(decide(situation({ promotion: waiting({ expiresAt: at }) }))).toEqual({ next: 'expire' })
  expect(decide(situation({ promotion: waiting({ expiresAt: secondsAgo(-1) }) }))).toEqual({ next: 'start' })
})

test('it looks again at the earliest moment something can change by itself', () => {
  const recheck = (seconds: number) => evaluation(quality, { ...wait, recheckAt: secondsAgo(-seconds).toISOString() })
  const next = (...evaluations: Evaluation[]) => decide(situation({ evaluations }))
  const soakIn = evaluation(soak, { ...wait, recheckAt: secondsAgo(-90).toISOString() })
  expect(next(recheck(120), soakIn)).toMatchObject({ recheckAt: secondsAgo(-90) })
  expect(next(recheck(-50), soakIn)).toMatchObject({ recheckAt: secondsAgo(-1) })
  expect(next(evaluation(quality, wait), evaluation(soak, pass))).toMatchObject({ recheckAt: waiting().expiresAt })
  expect(next(recheck(99_999), evaluation(soak, pass))).toMatchObject({ recheckAt: waiting().expiresAt })
})

test('what waits is looked at again when another policy comes into force', () => {
  const evaluations = [evaluation(quality, wait), evaluation(soak, pass)]
  const waits = (seconds: number) => decide(situation({ evaluations, nextPolicyAt: secondsAgo(-seconds) }))
  expect(waits(600)).toMatchObject({ next: 'wait', recheckAt: secondsAgo(-600) })
  expect(waits(99_999)).toMatchObject({ recheckAt: waiting().expiresAt })
  expect(decide(situation({ nextPolicyAt: secondsAgo(-600) }))).toEqual({ next: 'start' })
})

test('a condition remembers since when it has been unmet, until its outcome changes', () => {
  const unmetOf = (unmet: Condition[], said: VerdictInput) => {
    const decision = decide(
      situation({ promotion: waiting({ unmet }), required: [quality], evaluations: [evaluation(quality, said)] }),
    )
    return 'unmet' in decision ? decision.unmet : []
  }
  const first = unmetOf([], wait).map((each) => ({ ...each, since: secondsAgo(500).toISOString() }))
  expect(unmetOf(first, { outcome: 'wait', reason: 'still not' })).toMatchObject([
    { since: secondsAgo(500).toISOString(), reason: 'still not' },
  ])
  expect(unmetOf(first, { outcome: 'fail', reason: 'worse' })).toMatchObject([{ since: at.toISOString() }])
})

const bindings = fc.record({
  promotion: fc.constantFrom('p1', 'p1', 'p1', 'p2'),
  release: fc.constantFrom<Digest>(release, release, release, digestOf('other')),
  environment: fc.constantFrom('prod', 'prod', 'prod', 'stg'),
  digest: fc.constantFrom('same', 'same', 'same', 'other'),
  ageSeconds: fc.integer({ min: -2, max: 400 }),
})
const outcomes = fc.constantFrom<VerdictInput['outcome'][]>(
  'pass',
  'pass',
  'pass',
  'pass',
  'wait',
  'fail',
  'inconclusive',
  'error',
)
const situations = fc
  .record({
    gates: fc.uniqueArray(fc.constantFrom('upstream', 'quality', 'soak', 'command'), { minLength: 1 }),
    maxAgeSeconds: fc.constantFrom(0, 60, 300),
    class: fc.constantFrom(...promotionClasses),
    held: fc.boolean(),
    active: fc.constantFrom(null, null, null, 'p0', 'p1'),
    leftSeconds: fc.integer({ min: -10, max: 100 }),
    said: fc.array(
      fc.record({
        gate: fc.nat({ max: 3 }),
        outcome: outcomes,
        final: fc.boolean(),
        binding: bindings,
        fresh: fc.boolean(),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ gates, maxAgeSeconds, class: promotionClass, held, active, leftSeconds, said }): Situation => {
    const required = gates.map((id) => gate(id, { maxAgeSeconds }))
    const evaluations = said.flatMap(({ gate: index, outcome, final, binding, fresh }) => {
      const of = required[index]
      if (!of) return []
      const verdictOf = { outcome, reason: 'said', final: final && outcome === 'fail' }
      if (fresh) return [evaluation(of, verdictOf)]
      const digest = binding.digest === 'same' ? of.digest : digestOf('other')
      const { promotion, release: about, environment, ageSeconds } = binding
      const elsewhere = { promotion, release: about, environment, at: secondsAgo(ageSeconds) }
      return [evaluation({ ...of, digest }, verdictOf, elsewhere)]
    })
    return situation({
      promotion: waiting({ class: promotionClass, expiresAt: secondsAgo(-leftSeconds) }),
      environment: { active, hold: held ? { by: 'olga@idp', reason: 'why', at } : null },
      required,
      evaluations,
    })
  })

/** A gate by the words of the rule: all verdicts of the newest moment that are about exactly this pass, and are young. */
function isMet(of: RequiredGate, { evaluations }: Situation): boolean {
  const about = evaluations.filter(
    (each) =>
      each.gate.id === of.id &&
      each.gate.digest === of.digest &&
      each.promotion === 'p1' &&
      each.release === release &&
      each.environment === 'prod' &&
      each.at <= at,
  )
  const newest = Math.max(...about.map((each) => each.at.getTime()))
  const deciding = about.filter((each) => each.at.getTime() === newest)
  return (
    deciding.length > 0 &&
    deciding.every((each) => each.verdict.outcome === 'pass') &&
    (at.getTime() - newest) / 1000 <= of.maxAgeSeconds
  )
}

test('I05 it starts if and only if nothing at all stands in the way', () => {
  fc.assert(
    fc.property(situations, (given) => {
      const { promotion, environment, required } = given
      const free = environment.active === null || environment.active === promotion.id
      const open = environment.hold === null || promotion.class === 'rollback'
      const met = required.every((each) => isMet(each, given))
      expect(decide(given).next === 'start').toBe(free && open && met && at < promotion.expiresAt)
    }),
    { numRuns: 2000 },
  )
})

test('every unmet gate is listed, once, and no other', () => {
  fc.assert(
    fc.property(situations, (given) => {
      const decision = decide(given)
      const listed =
        'unmet' in decision ? decision.unmet.filter(({ kind }) => kind === 'gate').map(({ id }) => id) : null
      const unmet = given.required.filter((each) => !isMet(each, given)).map(({ id }) => id)
      expect(listed ?? unmet).toEqual(decision.next === 'start' ? [] : unmet)
    }),
    { numRuns: 1000 },
  )
})

test('the order of the verdicts decides nothing, and the next look is ahead and not beyond the expiry', () => {
  fc.assert(
    fc.property(situations, (given) => {
      const decision = decide(given)
      expect(decide({ ...given, evaluations: given.evaluations.toReversed() }).next).toBe(decision.next)
      const { recheckAt } = { recheckAt: secondsAgo(-1), ...decision }
      expect(recheckAt > at && (decision.next !== 'wait' || recheckAt <= given.promotion.expiresAt)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
