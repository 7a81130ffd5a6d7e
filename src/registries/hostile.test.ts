import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { serve } from '../../test/rig/serve.ts'
import { digestOf, type Digest } from '../core/digest.ts'
import { readEgressRule } from '../core/egress-rule.ts'
import type { RegistryAccess } from '../core/registry.ts'
import { createHttp } from '../outside/http.ts'
import { createRegistries } from './registries.ts'

/** As much as a whole release may take. */
const room = () => ({ bytes: 32 * 1024 * 1024 })
const opened = [readEgressRule('127.0.0.0/8')!]
const registries = createRegistries(createHttp({ opened }))
const password = 'hunter2-of-the-robot'
const access: RegistryAccess = { credentials: { username: 'robot', password }, tokenServer: null, storage: [] }

type Answer = string | Record<string, unknown> | ((asked: IncomingMessage, response: ServerResponse) => unknown)

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const image = { schemaVersion: 2, mediaType: manifestType, config: {}, layers: [] as object[] }
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 }
const good = JSON.stringify({ ...image, config })
const digest = digestOf(good)
const tag = digest.replace(':', '-')
const place = (path: string) => `/v2/team/shop/${path}`

/** A registry that has one image, and otherwise answers what the test says; what it was asked. */
async function registryWith(answers: Record<string, Answer>) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const known: Record<string, Answer> = { [place(`manifests/${digest}`)]: good, ...answers }
  const url = await serve((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    const answer = known[path] ?? known[`${request.method} ${path}`]
    if (typeof answer === 'function') return void answer(request, response)
    if (answer === undefined) return void response.writeHead(404).end()
    response.setHeader('content-type', path.includes('/referrers/') ? indexType : manifestType)
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  const registry = new URL(url).host
  const target = { registry, name: 'team/shop', digest }
  return { url, asked, target, find: (given = access) => registries.find(target, given, room()) }
}

const named = (text: string, more: object = {}) => ({
  mediaType: manifestType,
  digest: digestOf(text),
  size: text.length,
  ...more,
})
const list = (...manifests: object[]) => ({ schemaVersion: 2, manifests })
const referrer = (about: Digest, bytes: string, more: object = {}) =>
  JSON.stringify({
    ...image,
    config,
    subject: named(good, { digest: about }),
    layers: [{ ...named(bytes), mediaType: bundleType, ...more }],
  })
const referring = (text: string, blob: string) => ({
  [place(`referrers/${digest}`)]: list(named(text, { artifactType: bundleType })),
  [place(`manifests/${digestOf(text)}`)]: text,
  [place(`blobs/${digestOf('bundle')}`)]: blob,
})

test.each<[string, string, Record<string, Answer>]>([
  ['A11 another image than was asked for', 'image.digest', { [place(`manifests/${digest}`)]: `${good} ` }],
  ['A11 other bytes of a bundle', 'image.digest', referring(referrer(digest, 'bundle'), 'bundlf')],
  ['A11 a bundle of another length', 'image.digest', referring(referrer(digest, 'bundle', { size: 5 }), 'bundle')],
  [
    'A15 duplicate keys',
    'registry.malformed',
    { [place(`manifests/${tag}`)]: '{"schemaVersion":2,"schemaVersion":2}' },
  ],
  ['A15 a list of referrers that is none', 'registry.malformed', { [place(`referrers/${digest}`)]: '[]' }],
  [
    'A18 more referrers than anyone has',
    'registry.malformed',
    { [place(`referrers/${digest}`)]: list(...Array.from({ length: 1001 }, () => named('x'))) },
  ],
  ['A18 a manifest without end', 'outside.too_large', { [place(`manifests/${tag}`)]: 'x'.repeat(4 * 1024 * 1024 + 1) }],
  ['an error', 'registry.answer', { [place(`manifests/${tag}.sig`)]: (_, response) => response.writeHead(500).end() }],
  [
    'A21 an answer that repeats the password',
    'outside.echo',
    { [place(`manifests/${tag}`)]: JSON.stringify({ ...list(), annotations: { said: password } }) },
  ],
])('%s of a registry is refused with %s', async (_, reason, answers) => {
  const { find } = await registryWith(answers)
  const refusal = find()
  await expect(refusal).rejects.toMatchObject({ reason })
  await expect(refusal).rejects.not.toThrow(password)
})

test('A18 pages of referrers without end are refused', async () => {
  const path = place(`referrers/${digest}`)
  const page: Answer = (_, response) => {
    response.setHeader('content-type', indexType)
    response.setHeader('link', `<http://169.254.169.254${path}?n=1>; rel="next"`)
    response.end(JSON.stringify(list(...Array.from({ length: 900 }, () => named('x')))))
  }
  const { find, asked } = await registryWith({ [path]: page, [`${path}?n=1`]: page })
  await expect(find()).rejects.toMatchObject({ code: 'too_large' })
  expect(asked.map((one) => one.path)).toEqual([place(`manifests/${digest}`), path, `${path}?n=1`])
})

test('A18 referrers that are each of a legal size, and together of any, are refused', async () => {
  const padding = 'x'.repeat(4_000_000)
  const texts = Array.from({ length: 40 }, (_, n) =>
    referrer(digest, 'bundle', { annotations: { n: `${n}`, padding } }),
  )
  const { find, asked } = await registryWith({
    [place(`referrers/${digest}`)]: list(...texts.map((text) => named(text, { artifactType: bundleType }))),
    ...Object.fromEntries(texts.map((text) => [place(`manifests/${digestOf(text)}`), text])),
  })
  await expect(find()).rejects.toMatchObject({ code: 'too_large', reason: 'registry.endless' })
  expect(asked.length).toBeLessThan(16)
})

test('A11 a referrer of another image counts for nothing, and too large a bundle is told and left out', async () => {
  const [other, large] = [referrer(digestOf('x'), 'bundle'), referrer(digest, 'bundle', { size: 17 * 1024 * 1024 })]
  expect(await (await registryWith(referring(other, 'bundle'))).find()).toMatchObject({ attached: [] })
  const full = await registryWith(referring(referrer(digest, 'bundle'), 'bundle'))
  const none = registries.find(full.target, access, { bytes: 5 })
  await expect(none).resolves.toMatchObject({
    attached: [{ kind: 'unread', why: expect.stringContaining('at most 5') }],
  })
  const { find, asked } = await registryWith(referring(large, 'bundle'))
  expect((await find()).attached).toMatchObject([{ kind: 'unread', from: digestOf('bundle') }])
  expect(asked.map((one) => one.path)).not.toContain(place(`blobs/${digestOf('bundle')}`))
})

test('A21 A22 bytes may be stored where the configuration says, and whoever keeps them gets no password', async () => {
  const kept: (string | undefined)[] = []
  const away: Answer = (request, response) => {
    kept.push(request.headers.authorization)
    response.end('bundle')
  }
  const storage = await registryWith({ '/kept?signature=1': away })
  const { find } = await registryWith({
    ...referring(referrer(digest, 'bundle'), ''),
    [place(`manifests/${digest}`)]: (request, response) =>
      request.headers.authorization === undefined
        ? response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        : response.setHeader('content-type', manifestType).end(good),
    [place(`blobs/${digestOf('bundle')}`)]: (_, response) =>
      response.writeHead(307, { location: `${storage.url}/kept?signature=1` }).end(),
  })
  const refusal = find()
  await expect(refusal).rejects.toMatchObject({ reason: 'registry.redirect' })
  await expect(refusal).rejects.not.toThrow('signature')
  expect(kept).toEqual([])
  const { attached } = await find({ ...access, storage: [new URL(storage.url).host] })
  expect(attached).toMatchObject([{ kind: 'bundle', bytes: Buffer.from('bundle') }])
  expect(kept).toEqual([undefined])
})

test.each([
  'http://169.254.169.254/token',
  'http://example.org/token',
  'https://tokens.example.org/token',
  'file:///etc/passwd',
  'https://ann:pw@127.0.0.1/token',
])('A21 A22 nothing is asked of the token server %s that only the registry names', async (realm) => {
  const { find, asked } = await registryWith({
    [place(`manifests/${digest}`)]: (_, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end(),
  })
  await expect(find()).rejects.toMatchObject({ reason: 'registry.realm' })
  expect(asked).toEqual([{ path: place(`manifests/${digest}`), authorization: undefined }])
})

test('A22 a registry on this machine is asked only when the operator has opened it', async () => {
  const { target, asked } = await registryWith({})
  const closed = createRegistries(createHttp({ opened: [] }))
  await expect(closed.find(target, access, room())).rejects.toMatchObject({ reason: 'outside.closed' })
  expect(asked).toEqual([])
})

test('A21 an upload goes to the registry itself or nowhere', async () => {
  const attached = { text: '{}', predicateType: 'test/v1', createdAt: new Date(0) }
  for (const location of [
    'https://elsewhere.example/v2/team/shop/blobs/uploads/1',
    '/v2/other/shop/blobs/uploads/1',
    '',
  ]) {
    const start: Answer = (_, response) => response.writeHead(202, { location }).end()
    const { target, asked } = await registryWith({ [`POST ${place('blobs/uploads/')}`]: start })
    await expect(registries.attach(target, attached, access)).rejects.toMatchObject({ reason: 'registry.redirect' })
    expect(asked.at(-1)?.path).toBe(place('blobs/uploads/'))
  }
})

test.each([400, 405, 406, 200])(
  'a registry that answers %i where others list referrers is asked for their tag',
  async (status) => {
    const bytes = referrer(digest, 'bundle')
    const { [place(`referrers/${digest}`)]: listed, ...answers } = referring(bytes, 'bundle')
    const { find } = await registryWith({
      ...answers,
      [place(`referrers/${digest}`)]: (_, response) =>
        response.writeHead(status, { 'content-type': 'text/html' }).end('<p>'),
      [place(`manifests/${tag}`)]: JSON.stringify(listed),
    })
    expect((await find()).attached).toMatchObject([{ kind: 'bundle', bytes: Buffer.from('bundle') }])
  },
)

test('an image for several platforms, and one as Docker makes them, are images; a signature is none', async () => {
  const types: [string, object, boolean][] = [
    [indexType, { manifests: [named('linux'), named('windows')] }, true],
    ['application/vnd.docker.distribution.manifest.list.v2+json', { manifests: [named('linux')] }, true],
    ['application/vnd.docker.distribution.manifest.v2+json', { config, layers: [] }, true],
    ['application/vnd.docker.distribution.manifest.v1+json', { schemaVersion: 1 }, false],
    ['application/vnd.docker.distribution.manifest.v2+json', { config }, false],
    [bundleType, {}, false],
  ]
  for (const [mediaType, content, isImage] of types) {
    const text = JSON.stringify({ schemaVersion: 2, mediaType, ...content })
    const { target } = await registryWith({ [place(`manifests/${digestOf(text)}`)]: text })
    const found = registries.find({ ...target, digest: digestOf(text) }, access, room())
    if (isImage) await expect(found, mediaType).resolves.toMatchObject({ attached: [] })
    else await expect(found, mediaType).rejects.toMatchObject({ reason: 'registry.malformed' })
  }
})

test('a token server that is down is no denial', async () => {
  const tokens = await serve((_, response) => response.writeHead(503).end())
  const realm = `${tokens}/token`
  const { find } = await registryWith({
    [place(`manifests/${digest}`)]: (_, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
  })
  await expect(find({ ...access, tokenServer: new URL(tokens).host })).rejects.toMatchObject({ code: 'unavailable' })
})
