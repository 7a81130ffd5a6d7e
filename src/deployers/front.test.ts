import http from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deployed, startDeployers, textOf, until, urlOf, type DeployersRig } from '../../test/rig/deployers.ts'
import type { DeployRequest } from '../core/deployer.ts'

let rig: DeployersRig
beforeEach(async () => {
  rig = await startDeployers()
})
afterEach(async () => rig.end())

const put = (request: DeployRequest) => {
  const deployer = rig.process()
  return deployed(deployer, deployer.config.parse({ artifact: 'app.tgz', run: ['node', 'server.mjs'] }), request)
}

test('A34 the process router divides traffic exactly, a late shift changes nothing, and everything goes back to the live release without the new one', async () => {
  const target = rig.target()
  const url = urlOf(await put(target.next(await rig.pack('live'))('replace')))
  const next = target.next(await rig.pack('next'))
  await put(next('start'))
  expect(await share(url)).toEqual({ live: 100, next: 0 })

  await rig.fronts.shift({ ...next('start'), step: 1 }, { live: 90, candidate: 10 })
  expect(await rig.fronts.read(target)).toEqual({ live: 90, candidate: 10 })
  expect(await share(url)).toEqual({ live: 90, next: 10 })
  await rig.fronts.shift({ ...next('start'), step: 2 }, { live: 0, candidate: 100 })
  expect(await share(url)).toEqual({ live: 0, next: 100 })
  await expect(rig.fronts.shift({ ...next('start'), step: 1 }, { live: 90, candidate: 10 })).rejects.toMatchObject({
    reason: 'step_old',
  })
  expect(await rig.fronts.read(target)).toEqual({ live: 0, candidate: 100 })

  await put(next('discard'))
  expect(await rig.fronts.read(target)).toEqual({ live: 100, candidate: 0 })
  expect(await share(url)).toEqual({ live: 100, next: 0 })
})

test('A34 traffic is shifted only for the release that stands beside the live one now', async () => {
  const target = rig.target()
  const first = target.next(await rig.pack('first'))
  await expect(rig.fronts.shift({ ...first('start'), step: 1 }, { live: 50, candidate: 50 })).rejects.toThrow(
    /no started release/,
  )
  await put(first('start'))
  const second = target.next(await rig.pack('second'))
  await put(second('start'))
  await expect(rig.fronts.shift({ ...first('start'), step: 1 }, { live: 0, candidate: 100 })).rejects.toMatchObject({
    reason: 'fence_old',
  })
  await put(second('finish'))
  await expect(rig.fronts.shift({ ...second('start'), step: 1 }, { live: 100, candidate: 0 })).rejects.toMatchObject({
    reason: 'fence_old',
  })
})

test('the front passes bodies, headers, status and upgraded connections on, and says when nothing is live', async () => {
  const target = rig.target()
  const first = target.next(await rig.pack('one', { 'server.mjs': upgrading }))
  const url = await put(first('start')).then(urlOf)
  expect((await fetch(url)).status).toBe(503)
  await put(first('finish'))

  const body = 'x'.repeat(300_000)
  const echoed = await fetch(`${url}/echo?a=b`, { method: 'POST', body, headers: { 'x-own': 'mine' } })
  expect(echoed.status).toBe(201)
  expect(echoed.headers.get('x-seen')).toBe('POST /echo?a=b mine')
  expect(await echoed.text()).toBe(body)

  const chunked = http.request(`${url}/echo`, { method: 'DELETE', headers: { 'transfer-encoding': 'chunked' } })
  chunked.write('in ')
  chunked.end('pieces')
  const [answer] = await once(chunked, 'response')
  expect(await new Response(answer).text()).toBe('in pieces')

  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /chat HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: shout\r\n\r\n')
  await until('the connection is upgraded', async () =>
    String((await once(socket, 'data'))[0]).startsWith('HTTP/1.1 101'),
  )
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('HELLO')
  socket.destroy()
})

const upgrading = `
import { createServer } from 'node:http'
createServer((request, response) => {
  response.writeHead(request.url === '/' ? 200 : 201, { 'x-seen': request.method + ' ' + request.url + ' ' + request.headers['x-own'] })
  request.pipe(response)
}).on('upgrade', (_, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: shout\\r\\n\\r\\n')
  socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase())).on('end', () => socket.end())
}).listen(process.env.PORT, '127.0.0.1')`

async function share(url: string): Promise<{ live: number; next: number }> {
  const names: string[] = []
  for (let count = 0; count < 100; count++) names.push(await textOf(url))
  return { live: names.filter((name) => name === 'live').length, next: names.filter((name) => name === 'next').length }
}
