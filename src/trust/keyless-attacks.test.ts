import { expect, test } from 'vitest'
import { startKeyless } from '../../test/rig/keyless.ts'
import { opened } from '../../test/rig/opened.ts'
import { githubProvenance } from '../../test/rig/other-ci.ts'
import type { AnyBundle } from '../core/attestation.ts'
import { digestOf } from '../core/digest.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { readBundle } from './read-bundle.ts'
import { readTrustedRoot } from './read-trusted-root.ts'
import { verifySigstore } from './verify-sigstore.ts'

/*
 * What can be done to a signature without a key, on a private Sigstore: these hold wherever the public suite is not at hand.
 */

type Json = Record<string, unknown>

const [ci, stranger] = [await opened(startKeyless()), await opened(startKeyless())]
const [mine, other] = [digestOf('app'), digestOf('other')]
const [bundle, unrelated, foreign] = await Promise.all([
  ci.sign(githubProvenance([{ name: 'app', digest: mine }])),
  ci.sign(githubProvenance([{ name: 'app', digest: other }])),
  stranger.sign(githubProvenance([{ name: 'app', digest: mine }])),
])

interface Given {
  bundle?: unknown
  root?: unknown
  identity?: string
  issuer?: string
  digest?: string
}

/** The reason for which it is not believed; null when it is. */
function reasonFor(given: Given = {}): string | null {
  const { root = ci.root, identity = ci.identity, issuer = ci.issuer, digest = mine } = given
  try {
    verifySigstore({
      bundle: readBundle(JSON.stringify(given.bundle ?? bundle)),
      artifact: { sha256: Buffer.from(digest.slice('sha256:'.length), 'hex') },
      root: readTrustedRoot(JSON.stringify(root)),
      signer: { identity, issuer },
    })
    return null
  } catch (error) {
    if (error instanceof Disbelieved) return error.reason
    throw error
  }
}

/** The bundle with something of another one. */
function withPart(part: 'tlogEntries' | 'timestampVerificationData' | 'certificate', from: AnyBundle): AnyBundle {
  const { [part]: taken } = from.verificationMaterial
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, [part]: taken } }
}

function without(part: string): AnyBundle {
  const { [part]: _, ...rest } = bundle.verificationMaterial
  return { ...bundle, verificationMaterial: rest }
}

function withEnvelope(change: Json): unknown {
  return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...change } }
}

/** The root with another time in which one kind of it is trusted. */
function trusted(
  kind: 'tlogs' | 'ctlogs' | 'certificateAuthorities' | 'timestampAuthorities',
  validFor?: object,
): Json {
  const change = (one: Json): Json =>
    'publicKey' in one ? { ...one, publicKey: { ...(one['publicKey'] as Json), validFor } } : { ...one, validFor }
  return { ...ci.root, [kind]: (ci.root[kind] as Json[]).map(change) }
}

const [past, future] = [
  { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' },
  { start: '2040-01-01T00:00:00Z' },
]

test('a signature with certificate, log entry and time stamp is believed', () => {
  expect(reasonFor()).toBeNull()
})

test.each<[string, string, Given]>([
  ['A13 a genuine log entry of another signature', 'tlog.body', { bundle: withPart('tlogEntries', unrelated) }],
  [
    'A13 a genuine time stamp of another signature',
    'timestamp.invalid',
    { bundle: withPart('timestampVerificationData', unrelated) },
  ],
  ['A14 the certificate of another signature', 'signature.invalid', { bundle: withPart('certificate', unrelated) }],
  ['A12 the certificate of another authority', 'certificate.chain', { bundle: withPart('certificate', foreign) }],
  ['A12 everything by another Sigstore', 'timestamp.invalid', { bundle: foreign }],
  ['A13 no log entry', 'tlog.missing', { bundle: without('tlogEntries') }],
  ['A14 no certificate', 'bundle.malformed', { bundle: without('certificate') }],
  ['A13 the root of another Sigstore', 'timestamp.invalid', { root: stranger.root }],
  ['A13 a log that was trusted before only', 'tlog.inclusion', { root: trusted('tlogs', past) }],
  ['A13 a log that is trusted later only', 'tlog.inclusion', { root: trusted('tlogs', future) }],
  ['A13 a log of certificates that was trusted before only', 'certificate.chain', { root: trusted('ctlogs', past) }],
  ['A13 an authority that had ended', 'certificate.chain', { root: trusted('certificateAuthorities', past) }],
  ['A13 an authority that had not begun', 'certificate.chain', { root: trusted('certificateAuthorities', future) }],
  ['A13 a time stamp by whom it was over', 'timestamp.invalid', { root: trusted('timestampAuthorities', past) }],
  ['A13 a root without logs', 'tlog.inclusion', { root: { ...ci.root, tlogs: [] } }],
  ['A13 a root without logs of certificates', 'certificate.chain', { root: { ...ci.root, ctlogs: [] } }],
  ['A13 a root without anyone for time', 'timestamp.invalid', { root: { ...ci.root, timestampAuthorities: [] } }],
  [
    'A13 the log of certificates of another',
    'certificate.chain',
    { root: { ...ci.root, ctlogs: stranger.root.ctlogs } },
  ],
  ['A13 a log that is trusted for every time', 'root.malformed', { root: trusted('tlogs') }],
  ['A13 an authority that is trusted for every time', 'root.malformed', { root: trusted('timestampAuthorities') }],
  ['A12 a signer with a slash more', 'signature.identity', { identity: `${ci.identity}/` }],
  ['A12 a signer with a character less', 'signature.identity', { identity: ci.identity.slice(0, -1) }],
  ['A12 a signer as a pattern', 'signature.identity', { identity: '.*' }],
  ['A12 an issuer with a slash more', 'signature.identity', { issuer: `${ci.issuer}/` }],
  ['A11 another artifact', 'provenance.subject', { digest: other }],
  ['A11 a statement about another artifact', 'provenance.subject', { bundle: unrelated }],
  ['A14 the payload of another', 'tlog.body', { bundle: withEnvelope({ payload: unrelated.dsseEnvelope!.payload }) }],
  ['A14 another type of payload', 'signature.invalid', { bundle: withEnvelope({ payloadType: 'application/json' }) }],
])('%s is refused as %s', (_, reason, given) => {
  expect(reasonFor(given)).toBe(reason)
})

test('A18 A13 the same timestamp or log entry a thousand times over is refused before any is verified', () => {
  const material = bundle.verificationMaterial as { tlogEntries: Json[]; timestampVerificationData: Json }
  const [entry] = material.tlogEntries
  const [stamp] = material.timestampVerificationData['rfc3161Timestamps'] as Json[]
  const stamped = (times: number) => ({ rfc3161Timestamps: Array.from({ length: times }, () => stamp) })
  const many = [
    { tlogEntries: Array.from({ length: 1000 }, () => entry) },
    { timestampVerificationData: stamped(1000) },
    { timestampVerificationData: stamped(33) },
  ]
  for (const part of many) {
    const changed = { ...bundle, verificationMaterial: { ...material, ...part } }
    expect(reasonFor({ bundle: changed })).toBe('bundle.malformed')
  }
  const twice = { ...bundle, verificationMaterial: { ...material, timestampVerificationData: stamped(2) } }
  expect(reasonFor({ bundle: twice })).toBe('timestamp.invalid')
})
