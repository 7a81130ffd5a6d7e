import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { overrideBinding, overrideStanding, type StandingOverride } from './override.ts'

const at = new Date('2026-11-23T12:00:00Z')
const minutes = (count: number) => new Date(at.getTime() + count * 60_000)
const gate = { id: 'slo', digest: digestOf('slo'), overridable: true }
const artifacts = ['app', 'web'].map((name) => ({ name, digest: digestOf(name), sizeBytes: 3 }))
const context = {
  project: 'shop',
  environment: 'prod',
  promotion: { id: 'p1', attempt: 0, requestedBy: 'alice@idp' },
  release: { digest: digestOf('release'), artifacts },
  policy: digestOf('policy'),
}
const words = { reason: 'prometheus is down', risk: 'errors go unseen', expiresAt: minutes(60) }
const bind = (giver: string) => overrideBinding(context, gate, { ...words, giver })

function given(changed: Partial<StandingOverride> = {}): StandingOverride {
  return {
    id: 'o1',
    project: 'shop',
    promotion: 'p1',
    environment: 'prod',
    release: context.release.digest,
    gate: 'slo',
    definition: gate.digest,
    ...words,
    requestedBy: 'olga@idp',
    requestedAt: minutes(-5),
    binds: bind('olga@idp'),
    confirmation: { by: 'paul@idp', at: minutes(-1), binds: bind('paul@idp') },
    withdrawal: null,
    usedAt: null,
    requesterMay: true,
    confirmerMay: true,
    ...changed,
  }
}
const stateOf = (override: StandingOverride, about: Partial<typeof context> = {}, of: Partial<typeof gate> = {}) =>
  overrideStanding(override, { ...gate, ...of }, { context: { ...context, ...about }, at }).state

test('it is in force once two people have bound the same, and until it says', () => {
  expect(stateOf(given())).toBe('in-force')
  expect(stateOf(given({ confirmation: null }))).toBe('unconfirmed')
  expect(stateOf(given({ usedAt: minutes(-1) }))).toBe('used')
  expect(stateOf(given({ withdrawal: { by: 'paul@idp', at, reason: 'it is back' } }))).toBe('withdrawn')
  const until = (expiresAt: Date) => {
    const binds = (giver: string) => overrideBinding(context, gate, { ...words, expiresAt, giver })
    const confirmation = { by: 'paul@idp', at: minutes(-1), binds: binds('paul@idp') }
    return stateOf(given({ expiresAt, binds: binds('olga@idp'), confirmation }))
  }
  expect([until(at), until(new Date(at.getTime() + 1))]).toEqual(['expired', 'in-force'])
})

test('A03 A04 A05 changed in anything that it binds it is void', () => {
  const { promotion, release } = context
  const changes: Partial<typeof context>[] = [
    { project: 'other' },
    { environment: 'stg' },
    { promotion: { ...promotion, id: 'p2' } },
    { promotion: { ...promotion, attempt: 1 } },
    { release: { ...release, digest: digestOf('other') } },
    { release: { ...release, artifacts: artifacts.slice(1) } },
    { policy: digestOf('other') },
  ]
  for (const change of changes) expect(stateOf(given(), change), JSON.stringify(change)).toBe('void')
  for (const change of [{ id: 'quality' }, { digest: digestOf('other') }, { overridable: false }]) {
    expect(stateOf(given(), {}, change), JSON.stringify(change)).toBe('void')
  }
  const rewritten: Partial<StandingOverride>[] = [
    { reason: 'another' },
    { risk: 'none' },
    { expiresAt: minutes(61) },
    { requestedBy: 'eve@idp' },
    { gate: 'quality' },
    { confirmation: { by: 'eve@idp', at, binds: bind('paul@idp') } },
  ]
  for (const change of rewritten) expect(stateOf(given(change)), JSON.stringify(change)).toBe('void')
})

test('the order of the artifacts changes nothing', () => {
  const release = { ...context.release, artifacts: artifacts.toReversed() }
  expect(stateOf(given(), { release })).toBe('in-force')
})

test('A01 A06 two different people give it, neither the one who asked for the promotion alone, and both still may', () => {
  const confirmedBy = (by: string) => given({ confirmation: { by, at, binds: bind(by) } })
  expect(stateOf(confirmedBy('olga@idp'))).toBe('void')
  expect(stateOf(confirmedBy('alice@idp'))).toBe('void')
  expect(stateOf(given({ requestedBy: 'alice@idp', binds: bind('alice@idp') }))).toBe('in-force')
  expect(stateOf(given({ requesterMay: false }))).toBe('void')
  expect(stateOf(given({ confirmerMay: false }))).toBe('void')
})

test('whatever is wrong with it, only a whole one is in force', () => {
  const faults = fc.record({
    used: fc.boolean(),
    late: fc.boolean(),
    otherPolicy: fc.boolean(),
    unconfirmed: fc.boolean(),
    requesterMay: fc.boolean(),
    confirmerMay: fc.boolean(),
    overridable: fc.boolean(),
  })
  fc.assert(
    fc.property(faults, ({ used, late, otherPolicy, unconfirmed, requesterMay, confirmerMay, overridable }) => {
      const override = given({
        requesterMay,
        confirmerMay,
        usedAt: used ? minutes(-1) : null,
        ...(unconfirmed && { confirmation: null }),
      })
      const about = { ...context, policy: otherPolicy ? digestOf('other') : context.policy }
      const moment = late ? minutes(60) : at
      const { state } = overrideStanding(override, { ...gate, overridable }, { context: about, at: moment })
      const whole = !used && !late && !otherPolicy && !unconfirmed && requesterMay && confirmerMay && overridable
      expect(state === 'in-force').toBe(whole)
    }),
    { numRuns: 300 },
  )
})
