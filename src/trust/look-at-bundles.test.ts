import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { startKeyless } from '../../test/rig/keyless.ts'
import { openedHere } from '../../test/rig/opened.ts'
import { githubProvenance, otherCi } from '../../test/rig/other-ci.ts'
import { admit, readPublicKey } from '../core/admission.ts'
import { digestOf } from '../core/digest.ts'
import { trustPolicy } from '../core/trust-policy.ts'
import { lookAtBundles, type Look } from './look-at-bundles.ts'
import { heldRoot, publicGoodRoot } from './named-roots.ts'

const artifact = { digest: digestOf('app') }
const statement = githubProvenance([{ name: 'app', digest: artifact.digest }])

/** How often it is proven, and by which reasons it is not. */
function seen(look: Look): [number, string[]] {
  const { facts, refusals } = lookAtBundles(look)
  return [facts.length, refusals.map(({ reason }) => reason)]
}

test('an answer that is remembered is given to the same question only', () => {
  const [ci, stranger] = [otherCi(), otherCi()]
  const [key, other] = [readPublicKey(ci.pem), readPublicKey(stranger.pem)]
  const signed = ci.attest(statement)
  const look = { bundles: [signed], artifacts: [artifact], keys: [key], roots: [publicGoodRoot()] }
  const root = heldRoot({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' })
  for (let time = 0; time < 2; time += 1) {
    expect(seen(look)).toEqual([1, []])
    expect(seen({ ...look, keys: [other] })).toEqual([0, ['signature.key-unknown']])
    expect(seen({ ...look, keys: [] })).toEqual([0, ['signature.key-unknown']])
    expect(seen({ ...look, keys: [other, key] })).toEqual([1, []])
    expect(seen({ ...look, roots: [root, publicGoodRoot()] })).toEqual([2, []])
    expect(seen({ ...look, roots: [] })).toEqual([0, []])
    expect(seen({ ...look, artifacts: [{ digest: digestOf('other') }] })).toEqual([0, ['provenance.subject']])
    expect(seen({ ...look, bundles: [stranger.attest(statement)] })).toEqual([0, ['signature.key-unknown']])
    expect(seen({ ...look, bundles: [signed, signed] })).toEqual([2, []])
  }
})

test('A11 whether a SHA-512 is known is part of the question', () => {
  const ci = otherCi()
  const sha512 = createHash('sha512').update('app').digest('hex')
  const digest = { sha512 } as unknown as { sha256: string }
  const bundles = [ci.attest({ ...statement, subject: [{ name: 'pkg:npm/app@1.0.0', digest }] })]
  const look = { bundles, keys: [readPublicKey(ci.pem)], roots: [publicGoodRoot()] }
  for (let time = 0; time < 2; time += 1) {
    expect(seen({ ...look, artifacts: [artifact] })).toEqual([0, ['provenance.subject']])
    expect(seen({ ...look, artifacts: [{ ...artifact, sha512 }] })).toEqual([1, []])
  }
})

test('A13 what is remembered of a keyless signature is judged anew at each time, by each policy', async () => {
  const ci = await openedHere(startKeyless())
  const bundles = [await ci.sign(statement)]
  const { roots: _, ...rules } = ci.trust
  const policyOf = (issuer: string) =>
    trustPolicy.parse({ ...rules, signers: [{ ...rules.signers[0], issuer }], 'max-age': '1d' })
  const judged = (at: Date, issuer = ci.issuer) => {
    const { facts } = lookAtBundles({ bundles, artifacts: [artifact], keys: [], roots: [heldRoot(ci.root)] })
    return () => admit({ artifact: artifact.digest, facts, policy: policyOf(issuer), at }).signers
  }
  const [now, later] = [new Date(), new Date(Date.now() + 2 * 86_400_000)]
  expect(judged(now)()).toEqual([ci.identity])
  expect(judged(later)).toThrow('at most 1d old')
  expect(judged(now, 'https://other.example')).toThrow('a signer whom the policy trusts')
  expect(judged(now)()).toEqual([ci.identity])
})

test('A13 an old signature by a key does not become young by being stamped once more', () => {
  const ci = otherCi()
  const look = { bundles: [ci.attest(statement)], artifacts: [artifact], keys: [readPublicKey(ci.pem)] }
  const at = new Date()
  const facts = lookAtBundles({ ...look, roots: [publicGoodRoot()] }).facts
  const stamped = facts.map((fact) => ({ ...fact, signedAt: [at.toISOString()] }))
  const judged = (more: object) => () => {
    const policy = trustPolicy.parse(ci.trust({ policy: more }))
    return admit({ artifact: artifact.digest, facts: stamped, policy, at }).signers
  }
  expect(judged({})()).toEqual([ci.id])
  expect(judged({ 'max-age': '1d' })).toThrow('can be given a new time at any time')
})

test('A18 what bundles say about a thousand artifacts each is bounded, and what fits is still believed', () => {
  const ci = otherCi()
  const artifacts = Array.from({ length: 1000 }, (_, index) => ({ name: `${index}`, digest: digestOf(`${index}`) }))
  const saying = (size: number) => ci.attest(githubProvenance(artifacts, { parameters: { input: 'x'.repeat(size) } }))
  const look = { artifacts, keys: [readPublicKey(ci.pem)], roots: [publicGoodRoot()] }
  expect(seen({ ...look, bundles: [saying(60_000)] })).toEqual([0, ['bundle.malformed']])
  const bundles = Array.from({ length: 7 }, () => saying(2000))
  const { facts, refusals } = lookAtBundles({ ...look, bundles })
  expect(refusals.map(({ reason }) => reason)).toEqual(['bundle.malformed'])
  expect(facts).toHaveLength(6000)
})
