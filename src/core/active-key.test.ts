import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { activeKey, canSign, certifiedKey, keyProblem, newlyTrusted } from './active-key.ts'
import type { TrustedKey } from './attestation.ts'

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000)
const moment = fc.integer({ min: -5, max: 5 }).map(at)
const maybe = fc.option(moment)
const key = (id: string, given: Partial<TrustedKey> = {}): TrustedKey => ({
  ...newlyTrusted({ id, publicKey: id, identity: null }, at(0)),
  ...given,
})
const someKey = fc
  .record({ createdAt: moment, validUntil: maybe, revokedAt: maybe, revokedFrom: maybe })
  .map((given) => key('a', { ...given, revokedFrom: given.revokedAt && given.revokedFrom }))

test('what can be signed at a moment also counts when it came in then, and what counts for nobody who knows no time is not revoked', () => {
  fc.assert(
    fc.property(someKey, moment, (one, now) => {
      if (canSign(one, now)) expect(keyProblem(one, now)).toBe(null)
      expect(keyProblem(one, null)?.reason).toBe(one.revokedAt ? 'key.revoked' : undefined)
    }),
  )
})

test('what came in before the end of a key, or before what it was revoked from, counts for ever', () => {
  const over = key('a', { validUntil: at(1) })
  expect([0, 1, 2].map((second) => keyProblem(over, at(second))?.reason)).toEqual([
    undefined,
    'key.validity',
    'key.validity',
  ])
  const stolen = key('a', { revokedAt: at(5), revokedFrom: at(1) })
  expect([0, 1, 2].map((second) => keyProblem(stolen, at(second))?.reason)).toEqual([
    undefined,
    'key.revoked',
    'key.revoked',
  ])
  expect(keyProblem(key('a', { revokedAt: at(5) }), at(0))?.message).toBe(`key a was revoked at ${at(5).toISOString()}`)
})

test('the newest key that is held, trusted, valid and not revoked signs', () => {
  const old = key('old', { createdAt: at(0) })
  const next = key('next', { createdAt: at(1) })
  const held = [old, next]
  expect(activeKey(held, [old, next], at(2))?.id).toBe('next')
  expect(activeKey([old], [old, next], at(2))?.id).toBe('old')
  expect(activeKey(held, [old], at(2))?.id).toBe('old')
  expect(activeKey(held, [old, { ...next, revokedAt: at(1) }], at(2))?.id).toBe('old')
  expect(activeKey(held, [{ ...old, validUntil: at(2) }], at(2))).toBeUndefined()
  expect(activeKey(held, [{ ...old, purpose: 'log' }], at(2))).toBeUndefined()
})

test('the name of an identity binds all of it', () => {
  const identity = { identity: 'a', issuer: 'b', root: { tlogs: [] } }
  const { id } = certifiedKey(identity)
  expect(id).toMatch(/^keyless:sha256:[0-9a-f]{64}$/)
  for (const other of [{ identity: 'c' }, { issuer: 'c' }, { root: {} }]) {
    expect(certifiedKey({ ...identity, ...other }).id).not.toBe(id)
  }
})
