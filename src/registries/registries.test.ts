import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReferrersFront } from '../../test/rig/referrers-front.ts'
import { pusher, robot, startRegistry } from '../../test/rig/registry.ts'
import { startTokenServer } from '../../test/rig/token-server.ts'
import { digestOf } from '../core/digest.ts'
import { readEgressRule } from '../core/egress-rule.ts'
import type { Image } from '../core/image.ts'
import type { Attached, RegistryAccess } from '../core/registry.ts'
import { createHttp } from '../outside/http.ts'
import { createRegistries } from './registries.ts'

const registries = createRegistries(createHttp({ opened: [readEgressRule('127.0.0.0/8')!] }))
const room = () => ({ bytes: 32 * 1024 * 1024 })
const nobody: RegistryAccess = { credentials: null, tokenServer: null, storage: [] }
const asRobot: RegistryAccess = { ...nobody, credentials: robot }
const basic = { authorization: `Basic ${Buffer.from(`${robot.username}:${robot.password}`).toString('base64')}` }

let open: Awaited<ReturnType<typeof startRegistry>>
let locked: Awaited<ReturnType<typeof startRegistry>>
beforeAll(async () => {
  ;[open, locked] = await Promise.all([startRegistry(), startRegistry('password')])
})
afterAll(() => Promise.all([open.stop(), locked.stop()]))

const bundle = (text: string) => ({ text: JSON.stringify({ text }), predicateType: 'test/v1', createdAt: new Date(0) })
const texts = (attached: Attached[]) =>
  attached.map((one) => ('bytes' in one ? Buffer.from(one.bytes).toString() : one.why))

test('an image is found by digest, with what is attached under the tags of old and new clients', async () => {
  const push = pusher(open.host, 'team/shop')
  const image = await push.image('one')
  expect(await registries.find(image, nobody, room())).toMatchObject({ attached: [] })
  await push.refer(image, [{ a: 1 }, { b: 2 }])
  const tag = image.digest.replace(':', '-')
  const annotations = { 'dev.cosignproject.cosign/signature': 'c2ln' }
  const simple = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const dsse = 'application/vnd.dsse.envelope.v1+json'
  await push.artifact([{ mediaType: simple, bytes: 'payload', annotations }], { tag: `${tag}.sig` })
  await push.artifact(
    [
      { mediaType: dsse, bytes: 'envelope' },
      { mediaType: 'text/plain', bytes: 'note' },
    ],
    { tag: `${tag}.att` },
  )
  const { manifest, attached } = await registries.find(image, nobody, room())
  expect(digestOf(manifest)).toBe(image.digest)
  expect(attached).toMatchObject([
    { kind: 'bundle', from: digestOf('{"a":1}') },
    { kind: 'bundle', from: digestOf('{"b":2}') },
    { kind: 'cosign', mediaType: simple, annotations },
    { kind: 'cosign', mediaType: dsse, annotations: {} },
  ])
  expect(texts(attached)).toEqual(['{"a":1}', '{"b":2}', 'payload', 'envelope'])
  const unknown = { ...image, digest: digestOf('nothing') }
  await expect(registries.find(unknown, nobody, room())).rejects.toMatchObject({
    code: 'not_found',
    reason: 'image.unknown',
  })
})

test('what is put beside an image is found beside it, in a registry with and one without a list of referrers', async () => {
  for (const host of [open.host, await startReferrersFront(open.host)]) {
    const push = pusher(host, `attached/${host === open.host ? 'tag' : 'list'}`)
    const image = await push.image('attached to')
    const first = await registries.attach(image, bundle('first'), nobody)
    for (const text of ['second', 'third', 'first']) await registries.attach(image, bundle(text), nobody)
    const { attached } = await registries.find(image, nobody, room())
    const wanted = ['first', 'second', 'third'].map((text) => bundle(text).text)
    expect([...new Set(texts(attached))].toSorted(), host).toEqual(wanted.toSorted())
    const tag = await push.read(image.digest.replace(':', '-'))
    expect(tag === null).toBe(host !== open.host)
    const referrer = await push.read(first)
    expect(referrer).toMatchObject({
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 },
      subject: { digest: image.digest, mediaType: 'application/vnd.oci.image.manifest.v1+json' },
      layers: [{ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', digest: digestOf(bundle('first').text) }],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': 'test/v1',
        'org.opencontainers.image.created': '1970-01-01T00:00:00.000Z',
      },
    })
    expect(await push.readBlob(referrer?.layers?.[0]?.digest ?? '')).toBe(bundle('first').text)
  }
})

test('a registry that asks for a password gets it, and nobody without it is let in', async () => {
  const image = await pusher(locked.host, 'team/secret', basic).image('one')
  await expect(registries.find(image, nobody, room())).rejects.toMatchObject({ reason: 'registry.denied' })
  const wrong = { ...nobody, credentials: { ...robot, password: 'guessed-wrongly' } }
  const refusal = await registries.find(image, wrong, room()).catch((error: Error) => error.message)
  expect(refusal).toContain('does not let robot do this with team/secret')
  expect(refusal).not.toContain('guessed-wrongly')
  await registries.attach(image, bundle('x'), asRobot)
  expect(texts((await registries.find(image, asRobot, room())).attached)).toEqual([bundle('x').text])
})

test('A21 A22 a token is asked for where the configuration says, and the password goes nowhere else', async () => {
  const tokens = await startTokenServer()
  const registry = await startRegistry(tokens.door)
  try {
    const image: Image = { registry: registry.host, name: 'team/shop', digest: digestOf('nothing') }
    await expect(registries.find(image, asRobot, room())).rejects.toMatchObject({
      reason: 'registry.realm',
      message: expect.stringContaining(`token-server: ${tokens.host}`),
    })
    expect(tokens.asked).toEqual([])
    const access = { ...asRobot, tokenServer: tokens.host }
    await expect(registries.find(image, access, room())).rejects.toMatchObject({ reason: 'image.unknown' })
    expect(tokens.asked).toEqual([{ scope: 'repository:team/shop:pull', authorization: basic.authorization }])
    await expect(registries.find(image, { ...access, credentials: null }, room())).rejects.toMatchObject({
      reason: 'registry.denied',
    })
    const scope = 'repository:team/shop:pull,push'
    const answer = await fetch(`http://${tokens.host}/token?scope=${scope}`, { headers: basic })
    const { token } = (await answer.json()) as { token: string }
    const pushed = await pusher(registry.host, 'team/shop', { authorization: `Bearer ${token}` }).image('one')
    await registries.attach(pushed, bundle('x'), access)
    expect(tokens.asked.at(-1)?.scope).toBe(scope)
    expect(texts((await registries.find(pushed, access, room())).attached)).toEqual([bundle('x').text])
  } finally {
    await registry.stop()
  }
})
