import { expect, test } from 'vitest'
import { startKeyless } from '../../test/rig/keyless.ts'
import { opened } from '../../test/rig/opened.ts'
import { githubProvenance } from '../../test/rig/other-ci.ts'
import { certifiedKey, newlyTrusted } from '../core/active-key.ts'
import type { TrustedKey } from '../core/attestation.ts'
import { digestOf } from '../core/digest.ts'
import { verifyOwn } from './verify-own.ts'

const ci = await opened(startKeyless())
const bundle = await ci.sign(githubProvenance([{ name: 'app', digest: digestOf('app') }]))
const day = (number: number) => new Date(Date.UTC(2026, 10, number))

/** The same identity by a trusted root that says the same in other words. */
const { tlogs = [] } = ci.root as { tlogs?: unknown[] }
const keys = [ci.root, { ...ci.root, tlogs: [...tlogs, ...tlogs] }].map((root, at) =>
  newlyTrusted(certifiedKey({ identity: ci.identity, issuer: ci.issuer, root }), day(at + 1)),
) as [TrustedKey, TrustedKey]
const [first, second] = keys

test('what was signed after its root was replaced counts as signed by the identity with the new one', () => {
  const retired = { ...first, validUntil: day(2) }
  const asked = (given: TrustedKey[]) => verifyOwn(bundle, given, day(3))
  expect(asked([retired])).toMatchObject({ verified: false, reason: 'key.validity' })
  for (const given of [
    [retired, second],
    [second, retired],
  ]) {
    expect(asked(given)).toMatchObject({ verified: true, key: second.id })
  }
  expect(verifyOwn(bundle, [retired, second], day(1))).toMatchObject({ verified: true })
})

test('A13 an identity that was revoked is not believed again because another key has the same', () => {
  const revoked = { ...first, revokedAt: day(2) }
  for (const given of [
    [revoked, second],
    [second, revoked],
  ]) {
    expect(verifyOwn(bundle, given, day(3))).toMatchObject({ verified: false, reason: 'key.revoked' })
  }
})
