import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { serve } from '../../test/rig/serve.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { readEgressRule } from '../core/egress-rule.ts'
import { createHttp } from '../outside/http.ts'
import { createHttpVerification } from './http.ts'

const opened = [readEgressRule('127.0.0.0/8')!]
const httpVerification = createHttpVerification({ outside: { http: createHttp({ opened }) } })

const check = (settings: Record<string, unknown>, url: string | null, candidateUrl: string | null = null) =>
  httpVerification.check(httpVerification.config.parse({ attempts: 1, ...settings }), {} as DeployRequest, {
    release: null,
    url,
    candidateUrl,
  })

test('an answer as expected passes, with status, body and headers looked at', async () => {
  const url = await serve((request, response) => {
    response.writeHead(request.url === '/healthz?full=1' ? 203 : 404, { 'x-version': '1.2' }).end('all is well')
  })
  expect(
    await check({ path: '/healthz?full=1', status: 203, contains: 'is well', headers: { 'X-Version': '1.2' } }, url),
  ).toEqual({
    outcome: 'pass',
    reason: `GET ${url}/healthz?full=1 answered 203`,
  })
})

test('everything that differs is said at once', async () => {
  const url = await serve((_, response) => response.writeHead(500, { 'x-version': '1.1' }).end('broken'))
  expect(await check({ contains: 'well', headers: { 'x-version': '1.2', 'x-other': 'a' } }, url)).toEqual({
    outcome: 'fail',
    reason: `GET ${url}/: expected status 200, found 500; expected x-version: 1.2, found "1.1"; expected x-other: a, found none; expected a body with "well", found "broken"`,
  })
})

test('the new release is asked while it stands beside the live one, and another address when one is given', async () => {
  const live = await serve((_, response) => response.end('live'))
  const candidate = await serve((_, response) => response.end('candidate'))
  expect(await check({ contains: 'candidate' }, live, candidate)).toMatchObject({ outcome: 'pass' })
  expect(await check({ contains: 'live' }, live)).toMatchObject({ outcome: 'pass' })
  expect(await check({ contains: 'live', url: live }, null, candidate)).toMatchObject({ outcome: 'pass' })
  expect(await check({}, null)).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('no address') })
})

test('A22 a redirect is an answer, and is not followed', async () => {
  let followed = false
  const inside = await serve((_, response) => {
    followed = true
    response.end('secret')
  })
  const url = await serve((_, response) => response.writeHead(302, { location: inside }).end())
  expect(await check({}, url)).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('found 302') })
  expect(await check({ status: 302, headers: { location: inside } }, url)).toMatchObject({ outcome: 'pass' })
  expect(followed).toBe(false)
})

test('A22 an address in the policy is asked only where the operator lets gates ask, that of the release always', async () => {
  const url = await serve((_, response) => response.end('here'))
  const closed = createHttpVerification({ outside: { http: createHttp({ opened: [] }) } })
  const verify = (settings: object, at: string | null) =>
    closed.check(closed.config.parse({ attempts: 1, ...settings }), {} as DeployRequest, {
      release: null,
      url: at,
      candidateUrl: null,
    })
  expect(await verify({}, url)).toMatchObject({ outcome: 'pass' })
  expect(await verify({ url }, null)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('127.0.0.1 is this machine itself'),
  })
})

test('it tries again until it passes, and says at which attempt', async () => {
  let asked = 0
  const url = await serve((_, response) => response.writeHead(++asked < 3 ? 503 : 200).end())
  expect(await check({ attempts: 5, interval: '0s' }, url)).toEqual({
    outcome: 'pass',
    reason: `GET ${url}/ answered 200 (attempt 3)`,
  })
  expect(asked).toBe(3)
})

test('it gives up after its last attempt', async () => {
  let asked = 0
  const url = await serve((_, response) => response.writeHead(503, undefined).end(String(++asked)))
  expect(await check({ attempts: 4, interval: '0s' }, url)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('found 503 (attempt 4)'),
  })
  expect(asked).toBe(4)
})

test('silence, a closed port and a broken answer are failures, never passes', async () => {
  const silent = await serve(() => {})
  expect(await check({ timeout: '1s' }, silent)).toMatchObject({ outcome: 'fail' })
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => response.destroy())
  })
  expect(await check({}, broken)).toMatchObject({ outcome: 'fail' })
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  await new Promise((closed) => gone.close(closed))
  expect(await check({}, `http://127.0.0.1:${port}`)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('ECONNREFUSED'),
  })
})

test('A18 only the beginning of an endless body is read', async () => {
  let sent = 0
  const url = await serve((_, response) => {
    const block = Buffer.alloc(1 << 16, 'x')
    const pour = () => {
      while (!response.destroyed && response.write(block)) sent += block.length
    }
    response.on('drain', pour)
    pour()
  })
  expect(await check({ contains: 'y' }, url)).toMatchObject({ outcome: 'fail' })
  expect(await check({ contains: 'x' }, url)).toMatchObject({ outcome: 'pass' })
  expect(sent).toBeLessThan(64 * 2 ** 20)
})

test.each([
  { path: 'healthz' },
  { path: '/a b' },
  { url: 'ftp://example.org' },
  { url: 'http://ann:pw@example.org' },
  { url: 'http://169.254.169.254' },
  { path: '/a#b' },
  { url: 'http://a/b' },
  { status: 99 },
  { statsu: 200 },
])('the settings %j are refused', (settings) => {
  expect(httpVerification.config.safeParse(settings).success).toBe(false)
})
