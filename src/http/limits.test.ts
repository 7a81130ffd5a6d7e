import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'
import { digestOf } from '../core/digest.ts'

const rig = await opened(
  startServer({
    limits: { requestMilliseconds: 1500, headersMilliseconds: 1000, requestsPerSecond: 5, failuresPerMinute: 1000 },
  }),
)

const megabyte = 1_048_576

/** What the server says on one connection until it closes it; writes go on until then. */
async function converse(first: string, more: (write: (piece: Buffer | string) => Promise<boolean>) => Promise<void>) {
  const socket = connect(rig.port, '127.0.0.1')
  let said = ''
  let closed = false
  socket.on('data', (piece: Buffer) => (said += piece.toString()))
  socket.on('error', () => (closed = true))
  socket.on('close', () => (closed = true))
  await once(socket, 'connect')
  const closing = once(socket, 'close').catch(() => undefined)
  const write = async (piece: Buffer | string) => {
    if (closed) return false
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => undefined), closing])
    return !closed
  }
  await write(first)
  await more(write)
  await Promise.race([closing, pause(10_000, undefined, { ref: false })])
  socket.destroy()
  return { said, closed }
}

const head = (lines: string[]) => ['POST /api/v1/members HTTP/1.1', 'host: x', ...lines, '', ''].join('\r\n')

test('A18 a body that announces too much is refused before it is read and before anyone is asked who they are', async () => {
  const { said } = await converse(
    head([`content-length: ${50 * megabyte}`, 'content-type: application/json']),
    async () => {},
  )
  expect(said).toMatch(/^HTTP\/1\.1 413 /)
  expect(said).toContain('"code":"too_large"')
})

test('A18 a body without an end is cut off, and costs little memory', async () => {
  const lines = [
    `authorization: Bearer ${rig.adminToken}`,
    'transfer-encoding: chunked',
    'content-type: application/json',
  ]
  const before = process.memoryUsage().rss
  let sent = 0
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')])
  const { said } = await converse(head(lines), async (write) => {
    while (sent < 256 * megabyte && (await write(chunk))) sent += 65_536
  })
  expect(said).toMatch(/^HTTP\/1\.1 413 /)
  expect(sent).toBeLessThan(64 * megabyte)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * megabyte)
})

test('A18 a body that comes byte by byte is cut off', async () => {
  const lines = [`authorization: Bearer ${rig.adminToken}`, 'content-length: 1000', 'content-type: application/json']
  const started = performance.now()
  const { said, closed } = await converse(head(lines), async (write) => {
    while (performance.now() - started < 8000 && (await write('{'))) await pause(100)
  })
  expect(closed).toBe(true)
  expect(said).toMatch(/^HTTP\/1\.1 408 /)
  expect(performance.now() - started).toBeLessThan(8000)
})

test('a file that someone hands in may take longer than other requests', async () => {
  const text = 'comes slowly'
  const lines = [
    `authorization: Bearer ${rig.adminToken}`,
    'content-type: application/octet-stream',
    `content-length: ${text.length}`,
    'connection: close',
  ]
  const first = head(lines).replace('/members', `/projects/shop/uploads/${digestOf(text)}`)
  const { said } = await converse(first, async (write) => {
    await write(text.slice(0, 1))
    // Another request that begins now and says no more comes to the end of its time.
    const other = await converse(
      head([...lines.slice(0, 1), 'content-length: 1000', 'content-type: application/json']),
      async () => {},
    )
    expect(other.said).toMatch(/^HTTP\/1\.1 408 /)
    await write(text.slice(1))
  })
  expect(said).toMatch(/^HTTP\/1\.1 200 /)
})

test('A18 headers that come byte by byte are cut off', async () => {
  const started = performance.now()
  const { closed } = await converse('POST /api/v1/members HTTP/1.1\r\nx: ', async (write) => {
    while (performance.now() - started < 8000 && (await write('a'))) await pause(100)
  })
  expect(closed).toBe(true)
  expect(performance.now() - started).toBeLessThan(8000)
})

test('A18 a hundred thousand headers are refused', async () => {
  const { said, closed } = await converse('GET /healthz HTTP/1.1\r\nhost: x\r\n', async (write) => {
    const lines = Array.from({ length: 1000 }, (_, n) => `h${n}: x\r\n`).join('')
    for (let count = 0; count < 100 && (await write(lines)); count += 1);
  })
  expect(closed).toBe(true)
  expect(said).toMatch(/^HTTP\/1\.1 431 /)
})

test('A18 a compressed body is refused, whatever is in it', async () => {
  const body = gzipSync(Buffer.alloc(200 * megabyte, '{'))
  const headers = { 'content-encoding': 'gzip' }
  const answer = await rig.ask({ method: 'POST', path: '/api/v1/members', token: rig.adminToken, body, headers })
  expect(answer.status).toBe(415)
})

test('A37 who asks too often waits, and the others do not', async () => {
  const eager = await rig.login('eager', ['viewer'])
  const answers = await Promise.all(
    Array.from({ length: 80 }, () => rig.ask({ path: '/api/v1/me', token: eager.token })),
  )
  expect(answers.map(({ status }) => status)).toContain(200)
  const other = await rig.ask({ path: '/api/v1/me', token: rig.adminToken })
  expect(other.status).toBe(200)
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.headers['retry-after']).toBe('1')
  expect(refused?.body).toMatchObject({ code: 'rate_limited' })
})
