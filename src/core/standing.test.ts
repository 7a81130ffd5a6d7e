import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import { digestOf } from './digest.ts'
import { explanationOf } from './explanation.ts'
import { verdict, type Evaluation, type OutcomeChange, type RequiredGate, type VerdictInput } from './gate.ts'
import { overrideBinding, type StandingOverride } from './override.ts'
import { promotionClasses, type Promotion } from './promotion.ts'
import type { Release } from './release.ts'
import type { Situation } from './situation.ts'
import { remembersSince, standings } from './standing.ts'

const at = new Date('2026-11-23T12:00:00Z')
const secondsAgo = (count: number) => new Date(at.getTime() - count * 1000)
const release: Release = {
  project: 'shop',
  digest: digestOf('release'),
  version: '7-ccccccc',
  artifacts: [],
  source: { repository: '/srv/shop', commit: 'c'.repeat(40), branch: 'main' },
  configurationDigest: digestOf('configuration'),
  run: null,
  author: null,
  committedAt: null,
  createdAt: at,
}
const policy = digestOf('policy')
const promotion: Promotion = {
  id: 'p1',
  project: 'shop',
  environment: 'prod',
  release: release.digest,
  class: 'standard',
  state: 'waiting',
  reason: '',
  requestedBy: 'alice@idp',
  requestedAt: secondsAgo(600),
  requestReason: '',
  expiresAt: secondsAgo(-86_400),
  attempt: 0,
  unmet: [],
  recheckAt: null,
  finishedAt: null,
  version: 1,
}

function gate(id: string, given: Partial<RequiredGate> = {}): RequiredGate {
  return {
    id,
    use: id,
    digest: digestOf(id),
    config: {},
    reads: 'outside',
    kind: 'dynamic',
    maxAgeSeconds: 300,
    timeoutSeconds: 60,
    stableForSeconds: 60,
    overridable: true,
    ...given,
  }
}

let made = 0
function said(of: RequiredGate, input: VerdictInput['outcome'] | VerdictInput, ageSeconds = 0): Evaluation {
  const { id, use, digest, config } = of
  const given = typeof input === 'string' ? { outcome: input, reason: `it says ${input}` } : input
  return {
    id: `e${++made}`,
    promotion: 'p1',
    release: release.digest,
    environment: 'prod',
    gate: { id, use, digest, config },
    evidence: {},
    evidenceDigest: digestOf('{}'),
    verdict: verdict.parse(given),
    at: secondsAgo(ageSeconds),
  }
}

function before(of: RequiredGate, ...told: [OutcomeChange['outcome'], number][]): OutcomeChange[] {
  return told.map(([outcome, age]) => ({ gate: of.id, definition: of.digest, outcome, at: secondsAgo(age) }))
}

function overrideOf(of: RequiredGate): StandingOverride {
  const words = { reason: 'the source is down', risk: 'unseen errors', expiresAt: secondsAgo(-600) }
  const context = { project: 'shop', environment: 'prod', promotion, release, policy }
  const binds = (giver: string) => overrideBinding(context, of, { ...words, giver })
  return {
    id: `o-${of.id}`,
    project: 'shop',
    promotion: 'p1',
    environment: 'prod',
    release: release.digest,
    gate: of.id,
    definition: of.digest,
    ...words,
    requestedBy: 'olga@idp',
    requestedAt: secondsAgo(300),
    binds: binds('olga@idp'),
    confirmation: { by: 'paul@idp', at: secondsAgo(200), binds: binds('paul@idp') },
    withdrawal: null,
    usedAt: null,
    requesterMay: true,
    confirmerMay: true,
  }
}

function situation(given: Partial<Situation> = {}): Situation {
  return {
    promotion,
    environment: { active: null, hold: null },
    pin: null,
    release,
    quarantine: null,
    policy,
    nextPolicyAt: null,
    required: [],
    evaluations: [],
    changes: [],
    overrides: [],
    lastRecordedAt: null,
    at,
    ...given,
  }
}

const slo = gate('slo')
const explained = (given: Situation) => explanationOf(given, release, decide(given))

test('A33 a pass after a failure counts only once it has lasted, and is looked at on the way', () => {
  const passing = (...told: [OutcomeChange['outcome'], number][]) =>
    situation({ required: [slo], evaluations: [said(slo, 'pass')], changes: before(slo, ...told) })
  expect(decide(passing(['fail', 90], ['pass', 20]))).toMatchObject({
    next: 'wait',
    recheckAt: secondsAgo(-15),
    unmet: [{ id: 'slo', outcome: 'wait', observed: 'it passes since 20s', expected: '1m without another answer' }],
  })
  expect(decide(passing(['fail', 90], ['pass', 59]))).toMatchObject({ next: 'wait', recheckAt: secondsAgo(-1) })
  expect(decide(passing(['fail', 90], ['pass', 60])).next).toBe('start')
  expect(decide(passing(['error', 5])).next).toBe('wait')
  expect(decide(passing(['inconclusive', 5])).next).toBe('wait')
})

test('A33 who has only waited so far passes at once, and who took a pass back does not', () => {
  const passing = (...told: [OutcomeChange['outcome'], number][]) =>
    decide(situation({ required: [slo], evaluations: [said(slo, 'pass')], changes: before(slo, ...told) })).next
  expect(passing()).toBe('start')
  expect(passing(['wait', 900])).toBe('start')
  expect(passing(['pass', 900], ['wait', 20])).toBe('wait')
  expect(passing(['fail', 900], ['wait', 20])).toBe('wait')
})

test('A33 changes of the last hour are counted, other definitions and what is older are not', () => {
  const changes = [
    ...before(slo, ['pass', 7000], ['fail', 3000], ['pass', 2000], ['fail', 1000]),
    { ...before(slo, ['error', 500])[0]!, definition: digestOf('other') },
    ...before(gate('other'), ['error', 400], ['pass', 300]),
  ]
  const flapping = situation({ required: [slo], evaluations: [said(slo, 'error')], changes })
  expect(decide(flapping)).toMatchObject({ unmet: [{ id: 'slo', changes: 4 }] })
  expect(decide(situation({ required: [slo], evaluations: [said(slo, 'fail')] }))).toMatchObject({
    unmet: [{ changes: 0 }],
  })
})

test('A33 what another promotion of the release was told later counts too', () => {
  const given = situation({
    required: [slo],
    evaluations: [said(slo, 'pass', 120)],
    changes: before(slo, ['fail', 100]),
  })
  expect(decide(given).next).toBe('wait')
})

test('changes are remembered for an hour, or for as long as a gate must be stable', () => {
  expect(remembersSince([], at)).toEqual(secondsAgo(3600))
  expect(remembersSince([slo, gate('b', { stableForSeconds: 7200 })], at)).toEqual(secondsAgo(7200))
})

test('a shadow never holds, rejects or is overridden, and is shown with what it says', () => {
  const shadow = gate('slo', { shadow: true })
  for (const outcome of ['fail', 'wait', 'error', 'inconclusive', 'pass'] as const) {
    const evaluations = [said(shadow, { outcome, reason: 'so it is', final: outcome === 'fail' })]
    const given = situation({ required: [shadow], evaluations, overrides: [overrideOf(shadow)] })
    expect(explained(given)).toMatchObject({ next: 'start', unmet: [], passed: [], shadows: [{ id: 'slo', outcome }] })
    expect(standings(given)[0]?.override).toBeNull()
  }
  expect(explained(situation({ required: [shadow] })).shadows).toMatchObject([
    { reason: 'not evaluated yet', at: null },
  ])
})

test('an override in force lets past whatever a gate says or does not say, but not a final no', () => {
  const overrides = [overrideOf(slo)]
  for (const outcome of ['fail', 'wait', 'error', 'inconclusive'] as const) {
    const given = situation({ required: [slo], evaluations: [said(slo, outcome)], overrides })
    expect(explained(given)).toMatchObject({
      next: 'start',
      passed: [],
      overrides: [{ state: 'in-force', note: `lets past: it says ${outcome}` }],
    })
  }
  expect(decide(situation({ required: [slo], overrides })).next).toBe('start')
  const no = said(slo, { outcome: 'fail', reason: 'bob said no', final: true })
  expect(decide(situation({ required: [slo], evaluations: [no], overrides }))).toMatchObject({
    next: 'reject',
    unmet: [{ id: 'slo' }],
  })
})

test('an override that is not needed is not used', () => {
  const given = situation({ required: [slo], evaluations: [said(slo, 'pass')], overrides: [overrideOf(slo)] })
  expect(standings(given)[0]?.override).toBeNull()
  expect(explained(given)).toMatchObject({ passed: [{ id: 'slo' }], overrides: [{ state: 'in-force', note: '' }] })
})

test('a quarantine holds every class, whatever else is true, and no override helps', () => {
  const quarantine = { project: 'shop', release: release.digest, by: 'olga@idp', reason: 'loses orders', at }
  for (const kind of promotionClasses) {
    const given = situation({ promotion: { ...promotion, class: kind }, quarantine, overrides: [overrideOf(slo)] })
    expect(decide(given)).toMatchObject({
      next: 'wait',
      recheckAt: promotion.expiresAt,
      unmet: [
        { id: 'quarantined', kind: 'release', outcome: 'fail', reason: '7-ccccccc is in quarantine: loses orders' },
      ],
    })
  }
})

test('a pass counts until its age or its own end, whichever is sooner', () => {
  const until = (given: Partial<RequiredGate>, end: Date | null) => {
    const of = gate('slo', given)
    const evaluation = said(of, { outcome: 'pass', reason: 'fine', until: end && end.toISOString() }, 100)
    return explained(situation({ required: [of], evaluations: [evaluation] })).passed[0]?.until
  }
  expect(until({}, null)).toEqual(secondsAgo(-200))
  expect(until({}, secondsAgo(-60))).toEqual(secondsAgo(-60))
  expect(until({}, secondsAgo(-600))).toEqual(secondsAgo(-200))
  expect(until({ maxAgeSeconds: 0, reads: 'records' }, null)).toBeUndefined()
})

test('a pass that is too old is unmet and nothing else', () => {
  const told = explained(situation({ required: [slo], evaluations: [said(slo, 'pass', 301)] }))
  expect(told).toMatchObject({ next: 'wait', unmet: [{ id: 'slo' }], passed: [] })
})

const outcomes = fc.constantFrom<VerdictInput['outcome'][]>('pass', 'pass', 'wait', 'fail', 'inconclusive', 'error')
const anyGate = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  shadow: fc.boolean(),
  overridable: fc.boolean(),
  stable: fc.constantFrom(0, 60),
  said: fc.option(fc.record({ outcome: outcomes, final: fc.boolean(), age: fc.constantFrom(0, 10, 299, 301) }), {
    freq: 6,
    nil: null,
  }),
  before: fc.array(fc.tuple(outcomes, fc.integer({ min: 302, max: 4000 })), { maxLength: 4 }),
  overridden: fc.boolean(),
})
const situations = fc
  .record({
    gates: fc.uniqueArray(anyGate, { selector: ({ id }) => id, minLength: 1 }),
    quarantined: fc.boolean(),
    held: fc.boolean(),
    kind: fc.constantFrom(...promotionClasses),
  })
  .map(({ gates, quarantined, held, kind }): Situation => {
    const required = gates.map(({ id, shadow, overridable, stable }) =>
      gate(id, { overridable, stableForSeconds: stable, ...(shadow && { shadow: true as const }) }),
    )
    const each = <T>(make: (of: RequiredGate, given: (typeof gates)[number]) => T[]) =>
      gates.flatMap((given, index) => make(required[index]!, given))
    const hold = held ? { by: 'olga@idp', reason: 'why', at } : null
    const by = { project: 'shop', release: release.digest, by: 'olga@idp', reason: 'bad', at }
    return situation({
      promotion: { ...promotion, class: kind },
      environment: { active: null, hold },
      quarantine: quarantined ? by : null,
      required,
      evaluations: each((of, { said: one }) => {
        if (!one) return []
        const final = one.final && one.outcome === 'fail'
        return [said(of, { outcome: one.outcome, reason: 'so', final }, one.age)]
      }),
      changes: each((of, given) => before(of, ...given.before.toSorted((x, y) => y[1] - x[1]))),
      overrides: each((of, { overridden }) => (overridden ? [overrideOf(of)] : [])),
    })
  })

/** The rule in other words, from the parts of a situation alone. */
function model({ required, evaluations, changes, overrides, quarantine, environment, promotion: asked }: Situation) {
  const gates = required.map((of) => {
    const one = evaluations.find((each) => each.gate.id === of.id)
    const earlier = changes.filter((each) => each.gate === of.id).map(({ outcome }) => outcome)
    const outcome = one?.verdict.outcome
    const age = one ? (at.getTime() - one.at.getTime()) / 1000 : Infinity
    // All that is before is older than any verdict, so a break in it is a break since the verdict at most.
    const lastNo = earlier.findLastIndex((each) => each !== 'pass')
    const broken = earlier.slice(0, lastNo + 1).some((each) => each !== 'wait')
    const since = lastNo === earlier.length - 1 ? age : 302
    const passes = outcome === 'pass' && age <= of.maxAgeSeconds && (!broken || since >= of.stableForSeconds)
    const refuses = !of.shadow && one?.verdict.final === true
    const overridden = of.overridable && overrides.some((each) => each.gate === of.id) && !refuses
    return { id: of.id, shadow: of.shadow === true, passes, refuses, holds: !of.shadow && !passes && !overridden }
  })
  const open = quarantine === null && (environment.hold === null || asked.class === 'rollback')
  const free = open && gates.every(({ holds }) => !holds)
  return { gates, next: gates.some(({ refuses }) => refuses) ? 'reject' : free ? 'start' : 'wait' }
}

test('I05 decision and explanation agree with the rule in other words, and every gate is told exactly once', () => {
  fc.assert(
    fc.property(situations, (given) => {
      const { gates, next } = model(given)
      const told = explained(given)
      const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
      expect(told.next).toBe(next)
      expect(ids(told.unmet.filter(({ kind }) => kind === 'gate'))).toEqual(ids(gates.filter(({ holds }) => holds)))
      expect(ids(told.passed)).toEqual(ids(gates.filter(({ passes, shadow }) => passes && !shadow)))
      expect(ids(told.shadows)).toEqual(ids(gates.filter(({ shadow }) => shadow)))
      const past = told.overrides.filter(({ note }) => note.startsWith('lets past')).map((each) => each.gate)
      const one = [
        ...ids(told.unmet.filter(({ kind }) => kind === 'gate')),
        ...ids(told.passed),
        ...ids(told.shadows),
        ...past,
      ]
      expect(one.toSorted()).toEqual(ids(gates).toSorted())
    }),
    { numRuns: 1500 },
  )
})
