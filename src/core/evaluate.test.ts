import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { digestOf, digestOfJson } from './digest.ts'
import { gatesOf, judgeAgain, observeAll, type ObserveRequest } from './evaluate.ts'
import type { Gate, Subject, VerdictInput, World } from './gate.ts'
import { promotionClasses } from './promotion.ts'

const at = new Date('2026-11-23T12:00:00Z')
const subject: Subject = {
  project: 'shop',
  environment: 'prod',
  promotion: { id: 'p1', class: 'standard', attempt: 0, requestedBy: 'alice@idp', requestedAt: at },
  release: {
    project: 'shop',
    digest: digestOf('release'),
    version: '1-abc',
    artifacts: [],
    source: { repository: '/srv/shop.git', commit: 'c'.repeat(40), branch: 'main' },
    configurationDigest: digestOf('configuration'),
    run: null,
    author: null,
    committedAt: null,
    createdAt: at,
  },
  policy: digestOf('policy'),
  after: ['stg'],
  at,
}

/** A gate that passes when the level it sees is high enough. */
function level(
  see: (world: World) => unknown,
  given: Partial<Gate<{ atLeast: number }, { level: number }>> = {},
): Gate {
  const made: Gate<{ atLeast: number }, { level: number }> = {
    config: z.strictObject({ atLeast: z.int().default(5) }),
    evidence: z.strictObject({ level: z.number() }),
    reads: 'outside',
    maxAgeSeconds: 60,
    observe: async (_, __, world) => see(world) as { level: number },
    judge: ({ atLeast }, seen) => ({ outcome: seen.level >= atLeast ? 'pass' : 'wait', reason: `level ${seen.level}` }),
    ...given,
  }
  return made
}

const gates: Record<string, Gate> = {
  upstream: level(() => ({ level: 9 }), { reads: 'records', maxAgeSeconds: 0 }),
  sealed: level(() => ({ level: 9 }), { always: true, reads: 'records', maxAgeSeconds: 0 }),
  people: level(() => ({ level: 9 }), { reads: 'records', maxAgeSeconds: 0, kind: 'people' }),
  high: level(() => ({ level: 9 })),
  low: level(() => ({ level: 1 })),
}

const world = {} as World
let ids = 0
const patient = async <T>(_: number, work: Promise<T>) => ({ value: await work })
function ask(use: string, gate: Gate, given: Partial<ObserveRequest> & { config?: Record<string, unknown> } = {}) {
  const { config = {}, ...request } = given
  const slot = { [use]: gate }
  const required = gatesOf({ after: [], gates: [{ use, ...config }] }, 'standard', slot)
  return observeAll({
    required,
    gates: slot,
    subject,
    world,
    newId: () => `e${++ids}`,
    within: patient,
    brokenRecords: 'judge',
    ...request,
  })
}

const idsFor = (
  promotionClass: (typeof promotionClasses)[number],
  ...chosen: { use: string; [key: string]: unknown }[]
) => gatesOf({ after: ['stg'], gates: chosen }, promotionClass, gates).map(({ id }) => id)

test('upstream comes first without being written down, except for rollbacks and where nothing comes before', () => {
  expect(idsFor('standard', { use: 'high' })).toEqual(['upstream', 'high'])
  expect(idsFor('rollback', { use: 'high' })).toEqual(['reversible'])
  expect(gatesOf({ after: [], gates: [] }, 'standard', gates)).toEqual([])
})

test('upstream written down replaces the implied one only where it applies', () => {
  expect(idsFor('standard', { use: 'high' }, { use: 'upstream', id: 'before' })).toEqual(['before', 'high'])
  expect(idsFor('hotfix', { use: 'upstream', id: 'before', classes: ['standard'] })).toEqual(['upstream'])
})

test('a gate that lets a class through is asked of it all the same, and holds it up for nothing it said before', () => {
  const lenient: Record<string, Gate> = {
    ...gates,
    lenient: level(() => ({ level: 1 }), { letsThrough: (_, given) => given === 'rollback' }),
  }
  const required = (kind: 'standard' | 'rollback', more: object = {}) =>
    gatesOf({ after: [], gates: [{ use: 'lenient', ...more }] }, kind, lenient).filter(({ use }) => use === 'lenient')
  expect(required('rollback')).toMatchObject([{ stableForSeconds: 0 }])
  expect(required('standard')).toMatchObject([{ stableForSeconds: 60 }])
  expect(required('rollback', { classes: ['standard'] })).toEqual([])
  expect(required('rollback', { misspelt: true })).toEqual([])
})

test('classes choose who must pass a gate, and no one escapes one that is for all', () => {
  const chosen = [
    { use: 'high' },
    { use: 'low', classes: ['rollback', 'drill'] },
    { use: 'sealed', classes: ['hotfix'] },
  ]
  expect(promotionClasses.map((promotionClass) => idsFor(promotionClass, ...chosen))).toEqual([
    ['upstream', 'sealed', 'high'],
    ['upstream', 'sealed', 'high'],
    ['sealed', 'reversible', 'low'],
    ['sealed', 'reversible', 'low'],
  ])
})

test('any change of a gate as written changes its digest', () => {
  const digests = [
    { use: 'high' },
    { use: 'high', id: 'other' },
    { use: 'high', atLeast: 6 },
    { use: 'high', classes: ['standard'] },
    { use: 'high', shadow: true },
    { use: 'high', overridable: false },
    { use: 'high', timeout: '9s' },
    { use: 'high', 'stable-for': '9s' },
    { use: 'low', id: 'high' },
  ].map((chosen) => gatesOf({ after: [], gates: [chosen] }, 'standard', gates)[0]?.digest)
  expect(new Set(digests).size).toBe(9)
})

test('static gates come first, then people, then what changes by itself, each in the order of the file', () => {
  const chosen = ['low', 'people', 'high', 'sealed'].map((use) => ({ use }))
  expect(idsFor('standard', ...chosen)).toEqual(['upstream', 'sealed', 'people', 'low', 'high'])
})

test('what an environment says about any gate is no setting of the gate', () => {
  const common = { shadow: true, overridable: false, timeout: '2m', 'stable-for': '10m' }
  expect(gatesOf({ after: [], gates: [{ use: 'high', atLeast: 7, ...common }] }, 'standard', gates)).toMatchObject([
    { config: { atLeast: 7 }, shadow: true, overridable: false, timeoutSeconds: 120, stableForSeconds: 600 },
  ])
  expect(gatesOf({ after: [], gates: [{ use: 'people' }, { use: 'high' }] }, 'standard', gates)).toMatchObject([
    { kind: 'people', overridable: true, timeoutSeconds: 60, stableForSeconds: 0 },
    { kind: 'dynamic', overridable: true, timeoutSeconds: 60, stableForSeconds: 60 },
  ])
})

test('what is always in force is never a shadow and by default never overridden, nor is a gate that is not here', () => {
  const chosen = ['sealed', 'upstream', 'gone'].map((use) => ({ use, shadow: true }))
  const required = gatesOf({ after: [], gates: chosen }, 'standard', gates)
  expect(required.map(({ id, shadow, overridable }) => ({ id, shadow, overridable }))).toEqual([
    { id: 'sealed', shadow: undefined, overridable: false },
    { id: 'upstream', shadow: undefined, overridable: true },
    { id: 'gone', shadow: undefined, overridable: false },
  ])
  const allowed = gatesOf({ after: [], gates: [{ use: 'sealed', overridable: true }] }, 'standard', gates)
  expect(allowed[0]?.overridable).toBe(true)
})

test('A32 a gate that does not answer within its time limit makes an error that names the limit', async () => {
  const limits: number[] = []
  const within = async <T>(limitSeconds: number, work: Promise<T>) => {
    limits.push(limitSeconds)
    return limitSeconds > 60 ? { value: await work } : null
  }
  const told: number[] = []
  const slow = level((seen) => {
    told.push(seen.timeoutSeconds)
    return { level: 9 }
  })
  const [late] = await ask('slow', slow, { within, config: { timeout: '20s' } })
  expect(late?.verdict).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('no answer within its time limit of 20s'),
  })
  const [inTime] = await ask('slow', slow, { within, config: { timeout: '2m' } })
  expect(inTime?.verdict.outcome).toBe('pass')
  expect({ limits, told }).toEqual({ limits: [22, 122], told: [20, 120] })
})

test('an evaluation of a shadow says that it is one', async () => {
  const [made] = await ask('high', gates['high']!, { config: { shadow: true } })
  expect(made).toMatchObject({ gate: { shadow: true, config: {} }, verdict: { outcome: 'pass' } })
})

test('a required gate carries how fresh its verdict must be', () => {
  expect(gatesOf({ after: ['stg'], gates: [{ use: 'high' }] }, 'standard', gates)).toMatchObject([
    { id: 'upstream', reads: 'records', maxAgeSeconds: 0, config: {} },
    { id: 'high', reads: 'outside', maxAgeSeconds: 60, config: {} },
  ])
})

test('an evaluation carries everything that is needed to make it again', async () => {
  const [made] = await ask('high', gates['high']!, { config: { id: 'level', atLeast: 7 } })
  expect(made).toEqual({
    id: expect.stringMatching(/^e\d+$/),
    promotion: 'p1',
    release: subject.release.digest,
    environment: 'prod',
    gate: { id: 'level', use: 'high', config: { atLeast: 7 }, digest: expect.stringMatching(/^sha256:/) },
    evidence: { level: 9 },
    evidenceDigest: digestOfJson({ level: 9 }),
    verdict: {
      outcome: 'pass',
      reason: 'level 9',
      expected: '',
      observed: '',
      links: [],
      unblock: '',
      recheckAt: null,
      until: null,
      final: false,
    },
    at,
  })
  const again = { config: made!.gate.config, evidence: made!.evidence, subject }
  expect(judgeAgain(gates['high']!, again)).toEqual(made!.verdict)
  expect(judgeAgain(gates['high']!, { ...again, config: { atLeast: 10 } }).outcome).toBe('wait')
})

const broken = (): never => {
  throw new Error('the source is down')
}

test.each<[string, Gate, string]>([
  ['a source that is down', level(broken), 'the source is down'],
  ['evidence of another shape', level(() => ({ level: 'high' })), 'expected number'],
  ['evidence with more than is known', level(() => ({ level: 9, more: 1 })), 'Unrecognized key'],
  ['evidence that is no JSON', level(() => ({ level: Number.NaN })), 'expected number'],
  ['no evidence', level(() => undefined), 'expected object'],
  ['a judge that throws', level(() => ({ level: 9 }), { judge: broken }), 'the source is down'],
  [
    'a verdict of another shape',
    level(() => ({ level: 9 }), { judge: () => ({ outcome: 'yes', reason: 'ok' }) as unknown as VerdictInput }),
    'Invalid option',
  ],
  [
    'a verdict without a reason',
    level(() => ({ level: 9 }), { judge: () => ({ outcome: 'pass', reason: '' }) }),
    'Too small',
  ],
])('A32 %s makes an error that is asked again in a minute, and never a pass', async (_, gate, words) => {
  const [made] = await ask('odd', gate)
  expect(made?.verdict).toMatchObject({ outcome: 'error', recheckAt: '2026-11-23T12:01:00.000Z', final: false })
  expect(made?.verdict.reason).toContain(words)
})

test('a setting that the gate does not know, and a gate that is not here, make an error', async () => {
  const [odd] = await ask('high', gates['high']!, { config: { atMost: 3 } })
  expect(odd?.verdict).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('Unrecognized key: "atMost"'),
  })
  const required = gatesOf({ after: [], gates: [{ use: 'gone' }, { use: 'toString' }] }, 'standard', gates)
  const request = {
    required,
    gates,
    subject,
    world,
    newId: () => 'e',
    within: patient,
    brokenRecords: 'throw',
  } as const
  expect((await observeAll(request)).map(({ verdict }) => verdict.outcome)).toEqual(['error', 'error'])
})

test('inside a transaction a failed read of records goes on to the caller, and a failed look outside does not', async () => {
  const records = level(broken, { reads: 'records' })
  await expect(ask('odd', records, { brokenRecords: 'throw' })).rejects.toThrow('the source is down')
  const [judged] = await ask('odd', records, { brokenRecords: 'judge' })
  expect(judged?.verdict.outcome).toBe('error')
  const [outside] = await ask('odd', level(broken), { brokenRecords: 'throw' })
  expect(outside?.verdict.outcome).toBe('error')
})

test('gates that look outside are asked all at once, those on records in turn', async () => {
  const seen: string[] = []
  const meet = Promise.withResolvers<void>()
  const busy = { now: 0, most: 0 }
  const slots: Record<string, Gate> = {
    one: level(() => meet.promise.then(() => ({ level: 9 }))),
    two: level(() => {
      meet.resolve()
      return { level: 9 }
    }),
    ...Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [
        name,
        level(
          async () => {
            seen.push(name)
            busy.most = Math.max(busy.most, ++busy.now)
            await Promise.resolve()
            busy.now--
            return { level: 9 }
          },
          { reads: 'records' },
        ),
      ]),
    ),
  }
  const chosen = ['one', 'a', 'b', 'two', 'c'].map((use) => ({ use }))
  const required = gatesOf({ after: [], gates: chosen }, 'standard', slots)
  const request = {
    required,
    gates: slots,
    subject,
    world,
    newId: () => 'e',
    within: patient,
    brokenRecords: 'throw',
  } as const
  const made = await observeAll(request)
  expect(made.map(({ gate, verdict }) => `${gate.id} ${verdict.outcome}`)).toEqual(
    ['a', 'b', 'c', 'one', 'two'].map((id) => `${id} pass`),
  )
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(busy.most).toBe(1)
})

test('whatever a source answers, it passes only when the evidence says so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.anything(), fc.record({ level: fc.anything() })), async (answer) => {
      const [made] = await ask(
        'odd',
        level(() => answer),
      )
      const seen = made?.evidence as { level: number } | null
      expect(made?.verdict.outcome === 'pass').toBe(seen !== null && seen.level >= 5)
    }),
    { numRuns: 500 },
  )
})

test('a verdict is as old as what was seen, however long the looking took', async () => {
  const later = new Date(at.getTime() + 3_600_000)
  const slow = level(() => ({ level: 9 }), {
    judge: (_, __, judged) => ({ outcome: 'wait', reason: 'not yet', recheckAt: judged.at.toISOString() }),
  })
  const [made] = await ask('slow', slow, { now: async () => later })
  expect(made).toMatchObject({ at: later, verdict: { recheckAt: later.toISOString() } })
  expect((await ask('slow', slow))[0]?.at).toEqual(at)
})
