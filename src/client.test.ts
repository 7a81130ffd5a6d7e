import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { opened } from '../test/rig/opened.ts'
import { startServer } from '../test/rig/server.ts'
import { createClient } from './client.ts'

const rig = await opened(startServer())

/** A way to the server that loses the answers to the first requests: they arrive and have their effect. */
async function lossyWay(losses: number) {
  let left = losses
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(rig.port, '127.0.0.1')
    sockets.add(near).add(far)
    near.pipe(far)
    far.on('data', (piece: Buffer) => (left-- > 0 ? near.resetAndDestroy() : near.write(piece)))
    for (const socket of [near, far]) socket.on('error', () => undefined)
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    async close() {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

test('what is a moment arrives as a Date', async () => {
  const client = rig.clientOf(rig.adminToken)
  const { items } = await client.listProjects()
  expect(items[0]?.revision.appliedAt).toBeInstanceOf(Date)
  const status = await client.getStatus({ project: 'shop' })
  expect(status.environments.map(({ name, hold }) => [name, hold])).toEqual([
    ['dev', null],
    ['stg', null],
    ['prod', null],
  ])
})

test('a refusal arrives as the refusal it was', async () => {
  const refused = rig.clientOf(rig.adminToken).getStatus({ project: 'Not A Slug' })
  await expect(refused).rejects.toMatchObject({
    name: 'Refusal',
    code: 'invalid',
    reason: 'input_invalid',
    problems: [{ at: 'project' }],
  })
  await expect(rig.clientOf(`lf_${'x'.repeat(43)}`).getMe()).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('F17 a POST whose answer was lost is sent again and has one effect', async () => {
  const way = await lossyWay(2)
  const client = createClient({ url: way.url, token: rig.adminToken })
  const { secret, token } = await client.createToken({ label: 'sent three times' })
  await way.close()
  const made = (await rig.logged()).filter(
    ({ type, data }) => type === 'token.created' && data['label'] === token.label,
  )
  expect(made).toHaveLength(1)
  expect(await rig.clientOf(secret).getMe()).toMatchObject({ id: 'admin@local' })
})

test('a body that breaks off is asked for again', async () => {
  const whole = (await rig.clientOf(rig.adminToken).read('/log/key')).toString()
  let times = 0
  const server = createHttpServer((_, response) => {
    response.writeHead(200, { 'content-length': whole.length })
    if (++times > 2) response.end(whole)
    else response.write(whole.slice(0, 5), () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const client = createClient({ url: `http://127.0.0.1:${port}`, token: 'any' })
    expect((await client.read('/log/key')).toString()).toBe(whole)
    expect(times).toBe(3)
  } finally {
    server.close()
  }
})

test('a server that is not there is said so at once, with what to do', async () => {
  const way = await lossyWay(0)
  await way.close()
  await expect(createClient({ url: way.url, token: rig.adminToken }).getMe()).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'unreachable',
    message: expect.stringContaining('lockflight server'),
  })
})

test('followers hear each event once, in order, though their connection breaks', async () => {
  const way = await lossyWay(0)
  const client = createClient({ url: way.url, token: rig.adminToken })
  const leaving = new AbortController()
  const told: number[] = []
  const follower = (async () => {
    for await (const { logindex } of client.follow({ from: 0 }, leaving.signal)) told.push(logindex)
  })()
  for (let round = 0; round < 4; round++) {
    const before = told.length
    const admin = rig.clientOf(rig.adminToken)
    const steering = { project: 'shop', environment: 'dev', reason: 'again' }
    await (round % 2 === 0 ? admin.holdEnvironment(steering) : admin.resumeEnvironment(steering))
    await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThan(before)
    way.cut()
  }
  leaving.abort()
  await follower
  await way.close()
  expect(told).toEqual(told.map((_, index) => index))
})

test('a page that is no answer of ours is not taken for one', async () => {
  const stranger = createServer((socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\n<html>'))
  stranger.listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  const client = createClient({ url: `http://127.0.0.1:${port}`, token: rig.adminToken })
  await expect(client.getMe()).rejects.toThrow('expected JSON from the server, found "<html>"')
  stranger.close()
})
