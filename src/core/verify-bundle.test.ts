import { generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bundle, Statement, TrustedKey } from './attestation.ts'
import { bundleOf, keyIdOf, preAuthenticationEncoding } from './dsse.ts'
import { parseStrictJson } from './strict-json.ts'
import { readBundle, verifyBundle } from './verify-bundle.ts'

function newKey(namedCurve = 'P-256') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const trusted: TrustedKey = {
    id: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    identity: null,
    purpose: 'provenance',
    createdAt: new Date('2026-11-23T10:00:00Z'),
    validUntil: null,
    revokedAt: null,
    revokedFrom: null,
  }
  return { trusted, signBytes: (bytes: Uint8Array) => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' }) }
}

const { trusted, signBytes } = newKey()
const other = newKey()
const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {},
}
const good = bundleOf(statement, trusted.id, signBytes)

const verify = (bundle: unknown, keys = [trusted]) => verifyBundle(bundle, keys)
const reasonFor = (bundle: unknown, keys?: TrustedKey[]) => {
  const result = verify(bundle, keys)
  return result.verified ? 'verified' : result.reason
}
const envelope = (change: Partial<Bundle['dsseEnvelope']>): unknown => ({
  ...good,
  dsseEnvelope: { ...good.dsseEnvelope, ...change },
})
/** A genuine signature over any bytes. */
function signed(payload: string | Uint8Array, payloadType = good.dsseEnvelope.payloadType): unknown {
  const bytes = Buffer.from(payload)
  const sig = Buffer.from(signBytes(preAuthenticationEncoding(payloadType, bytes))).toString('base64')
  return envelope({ payload: bytes.toString('base64'), payloadType, signatures: [{ sig, keyid: '' }] })
}
const stating = (change: object) => signed(JSON.stringify({ ...statement, ...change }))
const about = (...subject: object[]) => stating({ subject })

test('the signed bytes are those of the DSSE specification', () => {
  expect(preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  expect(preAuthenticationEncoding('ü', Buffer.from('é')).toString()).toBe('DSSEv1 2 ü 2 é')
})

test('a good bundle is verified, and the statement is the one that was signed', () => {
  expect(verify(good)).toEqual({ verified: true, statement, key: trusted.id })
  expect(verify(readBundle(JSON.stringify(good)))).toEqual({ verified: true, statement, key: trusted.id })
  expect(verify(good, [other.trusted, trusted]).verified).toBe(true)
})

test('A13 a key that is unknown, revoked, or trusted for something else is refused', () => {
  expect(reasonFor(good, [])).toBe('signature.key-unknown')
  expect(reasonFor(good, [other.trusted])).toBe('signature.key-unknown')
  expect(reasonFor(good, [{ ...trusted, purpose: 'log' }])).toBe('signature.key-unknown')
  expect(reasonFor(good, [{ ...trusted, revokedAt: new Date('2099-01-01') }])).toBe('key.revoked')
})

test('A12 the hint is compared exactly', () => {
  const hinted = (hint: string) => ({ ...good, verificationMaterial: { publicKey: { hint } } })
  for (const hint of [
    '',
    '.*',
    trusted.id.slice(0, -1),
    `${trusted.id} `,
    trusted.id.toLowerCase(),
    trusted.id.replace('=', ''),
  ]) {
    expect(reasonFor(hinted(hint)), hint).toBe('signature.key-unknown')
  }
  expect(reasonFor(hinted(other.trusted.id), [trusted, other.trusted])).toBe('signature.invalid')
})

test('A30 a key row whose key was swapped under its name is not trusted', () => {
  const forged = bundleOf(statement, trusted.id, other.signBytes)
  expect(reasonFor(forged, [{ ...trusted, publicKey: other.trusted.publicKey }])).toBe('signature.key-unknown')
  expect(reasonFor(good, [{ ...trusted, publicKey: 'nonsense' }])).toBe('signature.key-unknown')
})

test('a key on another curve is not trusted', () => {
  const strange = newKey('P-384')
  expect(reasonFor(bundleOf(statement, strange.trusted.id, strange.signBytes), [strange.trusted])).toBe(
    'signature.key-unknown',
  )
})

test('A14 a changed type, a body signed without its type, and two signatures are refused', () => {
  const { payload, signatures } = good.dsseEnvelope
  expect(reasonFor(envelope({ payloadType: 'application/json' }))).toBe('bundle.malformed')
  expect(reasonFor(signed(JSON.stringify(statement), 'application/json'))).toBe('bundle.malformed')
  const bare = signBytes(Buffer.from(payload, 'base64'))
  expect(reasonFor(envelope({ signatures: [{ sig: Buffer.from(bare).toString('base64'), keyid: '' }] }))).toBe(
    'signature.invalid',
  )
  expect(reasonFor(envelope({ signatures: [...signatures, ...signatures] }))).toBe('bundle.malformed')
  expect(reasonFor(envelope({ signatures: [] }))).toBe('bundle.malformed')
})

test('A14 a lying key id, trailing bytes and other spellings of base64 are refused', () => {
  const { payload, signatures } = good.dsseEnvelope
  const sig = signatures[0]?.sig ?? ''
  const named = [{ sig, keyid: other.trusted.id }] as unknown as typeof signatures
  expect(reasonFor(envelope({ signatures: named }))).toBe('bundle.malformed')
  const longer = Buffer.concat([Buffer.from(sig, 'base64'), Buffer.of(0)]).toString('base64')
  expect(reasonFor(envelope({ signatures: [{ sig: longer, keyid: '' }] }))).toBe('signature.invalid')
  const bare = payload.replaceAll('=', '')
  const paddings = ['', '=', '==', '===', '===='].map((padding) => bare + padding)
  for (const odd of [...paddings, `${payload}\n`, ` ${payload}`, `${payload}!`, ''].filter(
    (text) => text !== payload,
  )) {
    expect(reasonFor(envelope({ payload: odd })), odd.slice(-8)).toBe('bundle.malformed')
  }
})

test('A14 no parser can see another statement than the one that was verified', () => {
  const twice = JSON.stringify(statement).replace('{', '{"predicateType":"https://other.example/v1",')
  expect(reasonFor(signed(twice))).toBe('statement.malformed')
  expect(reasonFor(signed(`\uFEFF${JSON.stringify(statement)}`))).toBe('statement.malformed')
  expect(reasonFor(signed(`${JSON.stringify(statement)}{}`))).toBe('statement.malformed')
  expect(reasonFor(signed(Buffer.from([0xff, 0xfe])))).toBe('statement.malformed')
})

test.each([
  ['a key twice', '"predicate":{"a":1,"a":2}'],
  ['__proto__', '"predicate":{"__proto__":{"verified":true}}'],
  ['a number beyond doubles', '"predicate":{"a":1e400}'],
  ['a number that is not exact', '"predicate":{"a":9007199254740993}'],
  ['NaN', '"predicate":{"a":NaN}'],
  ['half a surrogate pair', '"predicate":{"a":"\\ud800"}'],
  ['NUL', '"predicate":{"a":"\\u0000"}'],
  ['100 000 levels', `"predicate":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('A15 a signed statement with %s is not believed', (_, predicate) => {
  const text = JSON.stringify(statement).replace('"predicate":{}', predicate)
  expect(text).not.toBe(JSON.stringify(statement))
  expect(reasonFor(signed(text))).toBe('statement.malformed')
  expect(Object.prototype).not.toHaveProperty('verified')
})

test('A15 constructor is a plain key of a statement, and gives nothing', () => {
  const predicate = { constructor: { prototype: { verified: true } } }
  expect(verify(stating({ predicate }))).toMatchObject({ verified: true, statement: { predicate } })
  expect(Object.prototype).not.toHaveProperty('verified')
})

test('A11 a subject that is not exactly one SHA-256 in lower case is refused', () => {
  const name = 'app.tar'
  const sha256 = 'a'.repeat(64)
  expect(reasonFor(about())).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha1: 'a'.repeat(40) } }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256: 'a'.repeat(128) } }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256: 'A'.repeat(64) } }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256: `${sha256}\n` } }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: {} }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256, sha1: 'b'.repeat(40) } }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256 } }, { name }))).toBe('provenance.subject')
  expect(reasonFor(about({ name, digest: { sha256 } }))).toBe('verified')
})

test('a statement of another version or with unknown keys is refused', () => {
  expect(reasonFor(stating({ _type: 'https://in-toto.io/Statement/v0.1' }))).toBe('statement.malformed')
  expect(reasonFor(stating({ more: 1 }))).toBe('statement.malformed')
  expect(reasonFor(stating({ predicate: [] }))).toBe('statement.malformed')
})

test('a bundle of another shape is refused', () => {
  const { verificationMaterial, ...rest } = good
  for (const odd of [null, 'x', [], {}, rest, { ...good, more: 1 }, { ...good, mediaType: 'application/json' }]) {
    expect(reasonFor(odd)).toBe('bundle.malformed')
  }
  expect(() => readBundle(JSON.stringify(rest))).toThrow('not a Sigstore bundle v0.3')
  expect(() => readBundle(JSON.stringify(good).replace('{', '{"mediaType":"x",'))).toThrow('expected each key once')
  expect(verificationMaterial.publicKey.hint).toBe(trusted.id)
})

test('no single changed byte of a bundle is believed to say something else', () => {
  const text = JSON.stringify(good)
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 32, max: 126 }), (place, code) => {
      const changed = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1)
      const result = outcomeOf(changed)
      expect(result === 'refused' || (result === JSON.stringify(statement) && changed === text)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

function outcomeOf(text: string): string {
  try {
    const result = verify(parseStrictJson(text))
    return result.verified ? JSON.stringify(result.statement) : 'refused'
  } catch {
    return 'refused'
  }
}
