import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { conformanceFolder, sigstoreCases } from '../../test/rig/conformance.ts'
import { attestedByKey, createSigstore, keyless, signedByKey, simplePayload } from '../../test/rig/cosign.ts'
import { githubProvenance } from '../../test/rig/other-ci.ts'
import type { Layer } from '../../test/rig/registry.ts'
import { keyName } from '../core/admission.ts'
import { digestOf, type Digest } from '../core/digest.ts'
import { provenanceType } from '../core/provenance.ts'
import { readOne } from './bundles-in.ts'
import { bundleOfLayer } from './cosign-layer.ts'
import { lookAtBundles } from './look-at-bundles.ts'
import type { NamedRoot } from './named-roots.ts'
import { readTrustedRoot } from './read-trusted-root.ts'

const image = digestOf('image')
const other = digestOf('another image')
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const [mine, theirs] = [pair(), pair()]
const rootOf = (json: object): NamedRoot => ({
  name: 'own',
  digest: digestOf(JSON.stringify(json)),
  root: readTrustedRoot(JSON.stringify(json)),
})
const empty = rootOf({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' })

const asLayer = ({ bytes, annotations = {}, mediaType }: Layer) => ({
  mediaType,
  bytes: Buffer.from(bytes),
  annotations,
})
const bundled = (layer: Layer) => bundleOfLayer(asLayer(layer))

function look(bundle: object, { about = image, keys = [mine.publicKey], root = empty } = {}) {
  return lookAtBundles({ bundles: [bundle], artifacts: [{ digest: about }], keys, roots: [root] })
}

let sigstore: Awaited<ReturnType<typeof createSigstore>>
let own: NamedRoot
beforeAll(async () => {
  sigstore = await createSigstore()
  own = rootOf(sigstore.root)
})

test('what cosign 2 signs with a key in the place of an image is a signature of that image, by whichever known key it is', () => {
  const bundle = bundled(signedByKey(simplePayload(image), mine.privateKey))
  expect(readOne(bundle)).toMatchObject({
    about: [{ sha256: image.slice('sha256:'.length) }],
    predicateType: null,
    claims: null,
  })
  for (const keys of [[mine.publicKey], [theirs.publicKey, mine.publicKey]]) {
    expect(look(bundle, { keys })).toMatchObject({
      facts: [{ artifact: image, signer: { key: keyName(mine.publicKey) }, predicateType: null, isLogged: false }],
      refusals: [],
    })
  }
  expect(look(bundle, { keys: [theirs.publicKey] })).toMatchObject({ facts: [], refusals: [{ artifact: image }] })
  expect(look(bundle, { keys: [] })).toMatchObject({ facts: [], refusals: [{ reason: 'signature.key-unknown' }] })
})

test('what cosign 2 attests with a key is a statement about the image', () => {
  const statement = githubProvenance([{ name: 'registry.example.org/shop', digest: image }])
  const bundle = bundled(attestedByKey(statement, mine.privateKey))
  expect(readOne(bundle)).toMatchObject({
    about: [{ sha256: image.slice('sha256:'.length) }],
    predicateType: provenanceType,
  })
  expect(look(bundle, { keys: [theirs.publicKey, mine.publicKey] })).toMatchObject({
    facts: [{ signer: { key: keyName(mine.publicKey) }, claims: { repository: 'https://github.com/acme/shop' } }],
  })
})

test('what cosign 2 signs without a key keeps its certificate, its place in the log and its time', async () => {
  for (const timestamp of [false, true]) {
    const bundle = bundled(await sigstore.signed(simplePayload(image), { timestamp }))
    const { facts, refusals } = look(bundle, { keys: [], root: own })
    expect(refusals).toEqual([])
    expect(facts).toMatchObject([{ artifact: image, signer: keyless, isLogged: true }])
    expect(facts[0]?.signedAt).toHaveLength(timestamp ? 2 : 1)
    expect(look(bundle, { keys: [], root: empty })).toMatchObject({ facts: [] })
  }
})

test('A11 a signature of another image proves nothing about this one, wherever it was found', () => {
  const bundle = bundled(signedByKey(simplePayload(other), mine.privateKey))
  expect(look(bundle)).toMatchObject({ facts: [], refusals: [{ reason: 'provenance.subject' }] })
  const payload = Buffer.from(simplePayload(image)).toString('base64')
  expect(look({ ...bundle, simpleSigning: payload })).toMatchObject({
    facts: [],
    refusals: [{ reason: 'signature.digest' }],
  })
})

test("A13 a log entry of another signature, a changed time and somebody else's certificate prove nothing", async () => {
  const [one, two] = [await sigstore.signed(simplePayload(image)), await sigstore.signed(simplePayload(other))]
  const entry = 'dev.sigstore.cosign/bundle'
  const changed = (text: string) => text.replace(/(?<="integratedTime":)\d+/, (time) => String(Number(time) + 1))
  const wrong: [string, Record<string, string>][] = [
    ['tlog.body', { [entry]: two.annotations![entry]! }],
    ['tlog.inclusion', { [entry]: changed(one.annotations![entry]!) }],
    ['', { 'dev.sigstore.cosign/certificate': two.annotations!['dev.sigstore.cosign/certificate']! }],
    ['timestamp.invalid', { [entry]: '' }],
  ]
  for (const [reason, annotations] of wrong) {
    const bundle = bundled({ ...one, annotations: { ...one.annotations, ...annotations } })
    const { facts, refusals } = look(bundle, { keys: [], root: own })
    expect({ facts, reason: refusals[0]?.reason }).toMatchObject({ facts: [], ...(reason && { reason }) })
  }
})

const signed = signedByKey(simplePayload(image), mine.privateKey)
const critical = (text: string) => signedByKey(text, mine.privateKey)
test.each<[string, string, Layer]>([
  [
    'A15 duplicate keys',
    'statement.malformed',
    critical(simplePayload(image).replace('"image":', '"image":{"docker-manifest-digest":"x"},"image":')),
  ],
  ['A14 bytes behind the payload', 'statement.malformed', critical(`${simplePayload(image)}{}`)],
  [
    'A11 a digest in capital letters',
    'provenance.subject',
    critical(simplePayload(image).replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase())),
  ],
  ['A11 another algorithm', 'provenance.subject', critical(simplePayload('sha512:00' as Digest))],
  [
    'another kind of payload',
    'statement.malformed',
    critical(simplePayload(image).replace('cosign container image', 'some other')),
  ],
  ['an unknown key', 'statement.malformed', critical(simplePayload(image, { extra: 1 }))],
  ['no signature', 'bundle.malformed', { ...signed, annotations: {} }],
  [
    'a signature in two spellings',
    'bundle.malformed',
    {
      ...signed,
      annotations: {
        'dev.cosignproject.cosign/signature': ` ${signed.annotations!['dev.cosignproject.cosign/signature']}`,
      },
    },
  ],
  [
    'no certificate',
    'certificate.invalid',
    { ...signed, annotations: { ...signed.annotations, 'dev.sigstore.cosign/certificate': 'x' } },
  ],
  [
    'no log entry',
    'bundle.malformed',
    { ...signed, annotations: { ...signed.annotations, 'dev.sigstore.cosign/bundle': '{}' } },
  ],
  [
    'no timestamp',
    'bundle.malformed',
    { ...signed, annotations: { ...signed.annotations, 'dev.sigstore.cosign/rfc3161timestamp': '[]' } },
  ],
  ['no envelope', 'bundle.malformed', { mediaType: 'application/vnd.dsse.envelope.v1+json', bytes: '{}' }],
  [
    'A14 two signatures',
    'bundle.malformed',
    {
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      bytes: JSON.stringify({ payloadType: 'x', payload: 'eA==', signatures: [{ sig: 'eA==' }, { sig: 'eA==' }] }),
    },
  ],
  ['something else', 'bundle.unsupported', { mediaType: 'text/plain', bytes: 'x' }],
])('%s in a layer is refused with %s', (_, reason, layer) => {
  expect(() => readOne(bundled(layer))).toThrow(expect.objectContaining({ reason }))
})

test('A18 a certificate that begins a hundred thousand times and never ends is refused at once', () => {
  const annotations = {
    ...signed.annotations,
    'dev.sigstore.cosign/certificate': '-----BEGIN CERTIFICATE-----'.repeat(100_000),
  }
  const before = process.cpuUsage()
  expect(() => bundled({ ...signed, annotations })).toThrow('not a certificate')
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000)
})

const folders = [conformanceFolder()].filter((folder) => folder !== null)
const genuine = ['happy-path-intoto-in-dsse-v3', 'intoto-with-custom-trust-root']
test.each(folders.flatMap((folder) => genuine.map((name) => [name, folder] as const)))(
  'the genuine attestation %s says the same when it comes as cosign 2 keeps it',
  (name, folder) => {
    const one = sigstoreCases(folder).find((each) => each.name === name)!
    const bundle = JSON.parse(readFileSync(one.bundle, 'utf8'))
    const root = rootOf(JSON.parse(readFileSync(one.trustedRoot, 'utf8')))
    const { verificationMaterial: material, dsseEnvelope } = bundle
    const [entry] = material.tlogEntries
    const [stamp] = material.timestampVerificationData?.rfc3161Timestamps ?? []
    const certificate = material.certificate ?? material.x509CertificateChain.certificates[0]
    const converted = bundled({
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      bytes: JSON.stringify(dsseEnvelope),
      annotations: {
        'dev.sigstore.cosign/certificate': `-----BEGIN CERTIFICATE-----\n${certificate.rawBytes}\n-----END CERTIFICATE-----\n`,
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
          Payload: {
            body: entry.canonicalizedBody,
            integratedTime: Number(entry.integratedTime),
            logIndex: Number(entry.logIndex),
            logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
          },
        }),
        ...(stamp && {
          'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: stamp.signedTimestamp }),
        }),
      },
    })
    const about: Digest = `sha256:${one.sha256}`
    const [before, after] = [bundle, converted].map((each) => look(each, { about, keys: [], root }))
    expect(after?.refusals).toEqual([])
    const { bundle: _, ...fact } = before!.facts[0]!
    expect(after?.facts).toMatchObject([fact])
  },
)
