import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createSocket, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { serve } from '../../test/rig/serve.ts'
import { readEgressRule } from '../core/egress-rule.ts'
import type { HttpRequest } from '../core/http-request.ts'
import { createHttp } from './http.ts'

const opened = [readEgressRule('127.0.0.0/8')!]
const request = (url: string, given: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  timeoutSeconds: 5,
  maxBytes: 1000,
  ...given,
})
const text = async (url: string, given: Partial<HttpRequest> = {}) => {
  const { body, ...rest } = await createHttp({ opened })(request(url, given))
  return { ...rest, text: Buffer.from(body).toString('utf8') }
}

test('a request is sent as it stands, and the answer comes back whole', async () => {
  const url = await serve((asked, response) => {
    response.setHeader('content-type', 'Application/JSON; charset=utf-8')
    response.write(`${asked.method} ${asked.url} ${String(asked.headers['x-a'])} `)
    asked.pipe(response)
  })
  expect(await text(`${url}/a?b=c`, { method: 'POST', headers: { 'x-a': '1' }, body: 'döner' })).toMatchObject({
    status: 200,
    type: 'application/json',
    text: 'POST /a?b=c 1 döner',
  })
})

test.each([
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.1:9090/',
  'http://[::1]:9090/',
  'http://[::ffff:7f00:1]:9090/',
  'http://[64:ff9b::7f00:1]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://0.0.0.0:8000/',
  'http://100.100.100.200/',
  'http://localhost:9090/',
  'http://10.0.0.1:22/',
  'http://10.0.0.1:6/',
])('A22 %s is closed unless the operator opened it', async (url) => {
  const closed = createHttp({ opened: [] })
  await expect(closed(request(url))).rejects.toMatchObject({ code: 'unavailable' })
})

test.each([
  'http://127.1:9090/',
  'http://0/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://ann:pw@example.org/',
  'file:///etc/passwd',
  'gopher://example.org/',
  'http://example.org/\r\nx-evil: 1',
  'http://example.org/#f',
  'http://',
  'http:///example.org',
  '//example.org',
  'http://ex ample.org',
  'HTTP://example.org:99999/',
])('A22 %j is no address to ask', async (url) => {
  await expect(createHttp({ opened })(request(url))).rejects.toMatchObject({ reason: 'outside.url' })
})

test('A22 a rule opens what it names and nothing beside it', async () => {
  const url = await serve((_, response) => response.end('here'))
  const port = Number(new URL(url).port)
  const through = (rule: string) => createHttp({ opened: [readEgressRule(rule)!] })(request(url))
  expect(await through(`127.0.0.1:${port}`)).toMatchObject({ status: 200 })
  expect(await through('127.0.0.0/8')).toMatchObject({ status: 200 })
  await expect(through(`127.0.0.1:${port + 1}`)).rejects.toMatchObject({ reason: 'outside.closed' })
  await expect(through(`127.0.0.2:${port}`)).rejects.toMatchObject({ reason: 'outside.closed' })
  await expect(through('[::1]')).rejects.toMatchObject({ reason: 'outside.closed' })
})

test('A22 the address of a deployed service may be on this machine, and still not be metadata', async () => {
  const url = await serve((_, response) => response.end('mine'))
  const closed = createHttp({ opened: [] })
  expect(await closed(request(url, { deployed: true }))).toMatchObject({ status: 200 })
  for (const address of ['169.254.169.254', '[::ffff:a9fe:a9fe]', '[fe80::1]']) {
    const named = createHttp({ opened: [], resolve: async () => [address.replaceAll(/[[\]]/g, '')] })
    await expect(named(request('http://meta.test/', { deployed: true }))).rejects.toMatchObject({
      reason: 'outside.closed',
    })
    await expect(closed(request(`http://${address}/`, { deployed: true }))).rejects.toMatchObject({
      reason: 'outside.url',
    })
  }
})

test('A22 a name is resolved once, and only the address that was checked is connected to', async () => {
  const url = await serve((asked, response) => response.end(asked.headers.host))
  const { port } = new URL(url)
  const named = `http://prometheus.test:${port}/`
  let asked = 0
  const rebinding = createHttp({
    opened: [readEgressRule(`127.0.0.1:${port}`)!],
    resolve: async () => [['127.0.0.1'], ['169.254.169.254']][asked++] ?? [],
  })
  const { body } = await rebinding(request(named))
  expect(Buffer.from(body).toString()).toBe(`prometheus.test:${port}`)
  expect(asked).toBe(1)
  await expect(rebinding(request(named))).rejects.toMatchObject({ reason: 'outside.closed' })
  await expect(rebinding(request(named))).rejects.toThrow('prometheus.test has no address')
  const dotted = createHttp({ opened: [], resolve: async () => ['127.0.0.1'] })
  await expect(dotted(request('http://localhost.:9090/'))).rejects.toMatchObject({ reason: 'outside.closed' })
})

test('A22 a redirect is an answer and is not followed', async () => {
  let followed = false
  const inside = await serve((_, response) => {
    followed = true
    response.end()
  })
  const url = await serve((_, response) => response.writeHead(302, { location: inside }).end('go there'))
  expect(await text(url)).toMatchObject({ status: 302 })
  expect(followed).toBe(false)
})

test('A18 a long answer is refused or cut, and a compressed one is not opened', async () => {
  const url = await serve((asked, response) => {
    if (asked.url === '/bomb') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)))
    } else {
      response.end('x'.repeat(5000))
    }
  })
  await expect(text(url)).rejects.toMatchObject({ reason: 'outside.too_large' })
  expect(await text(url, { cut: true })).toMatchObject({ text: 'x'.repeat(1000) })
  await expect(text(`${url}/bomb`)).rejects.toMatchObject({ reason: 'outside.encoding' })
})

test('A18 A32 the time limit is for the whole answer, not for each byte', async () => {
  const url = await serve((asked, response) => {
    if (asked.url === '/silent') return
    const drip = setInterval(() => response.write('.'), 50)
    response.once('close', () => clearInterval(drip))
  })
  for (const path of ['/silent', '/drip']) {
    await expect(text(`${url}${path}`, { timeoutSeconds: 0.3 })).rejects.toThrow('no answer within 0.3 s')
  }
  const stuck = createHttp({ opened, resolve: () => new Promise(() => {}) })
  await expect(stuck(request('http://slow.test', { timeoutSeconds: 0.1 }))).rejects.toThrow('no answer within')
})

test('A32 nobody there, half an answer and no HTTP at all are refused as unavailable', async () => {
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => response.destroy())
  })
  await expect(text(broken)).rejects.toMatchObject({ code: 'unavailable', reason: 'outside.unreachable' })
  const odd = createSocket((socket) => {
    socket.on('error', () => socket.destroy()).resume()
    socket.end('SSH-2.0-x\r\n')
  }).listen(0, '127.0.0.1')
  await once(odd, 'listening')
  const { port } = odd.address() as AddressInfo
  await expect(text(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ reason: 'outside.unreachable' })
  await expect(text(`https://127.0.0.1:${port}`)).rejects.toMatchObject({ reason: 'outside.unreachable' })
  await new Promise((closed) => odd.close(closed))
  await expect(text(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED')
})

test('A32 a certificate that nobody vouches for is refused', async () => {
  let asked = false
  const server = createTlsServer({ key: unknownKey, cert: unknownCertificate }, () => {
    asked = true
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(text(`https://127.0.0.1:${port}`)).rejects.toMatchObject({
    reason: 'outside.unreachable',
    message: expect.stringContaining('self-signed certificate'),
  })
  expect(asked).toBe(false)
  await new Promise((closed) => server.close(closed))
})

test('A21 what a refusal says holds no query and no word of the answer', async () => {
  const url = await serve((_, response) => response.end('hunter2'.repeat(1000)))
  const failure = await text(`${url}/path?token=hunter2`).catch((error: Error) => error.message)
  expect(failure).toContain(`GET ${url}/path failed`)
  expect(failure).not.toContain('hunter2')
})

/** Made for this test, and good for nothing else. */
const unknownKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoNCj0t0EK7xZkvFc
IbBPedZNNV/9/CQJdhwc+8MWf62hRANCAASmRc1Zsh0h0piJVbvX6OQKWWpP6SJo
Tevfy4bMOuuEZ2RB7hsrvHOb2WjHpi0mkpl3czvTOF2CkyvpLu+PVU8H
-----END PRIVATE KEY-----`
const unknownCertificate = `-----BEGIN CERTIFICATE-----
MIIBhDCCASmgAwIBAgIUIUPOcEn9xgxxrKAtP+GqUMdDYh8wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLbm9ib2R5LnRlc3QwIBcNMjYxMTIzMDQzMjQyWhgPMjEyNjEw
MzAwNDMyNDJaMBYxFDASBgNVBAMMC25vYm9keS50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEpkXNWbIdIdKYiVW71+jkCllqT+kiaE3r38uGzDrrhGdkQe4b
K7xzm9lox6YtJpKZd3M70zhdgpMr6S7vj1VPB6NTMFEwHQYDVR0OBBYEFIgJO/30
32Eq0VDuhccHYNi/YfS4MB8GA1UdIwQYMBaAFIgJO/3032Eq0VDuhccHYNi/YfS4
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJavzGushm273fTM
ljxoBNC9YVauPqERLp4uy7mQBJfRAiEAgUgHJo5YxoHqQyD3n1xsR0sPg0rjpyIf
qqUSRZosIPc=
-----END CERTIFICATE-----`
