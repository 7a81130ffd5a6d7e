import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { troubleOf } from './running-server.ts'

test('a server that is not ready says why, and so does one that does not answer', async () => {
  const signer = { at: 'signer', message: 'it does not answer' }
  const problem = { code: 'unavailable', detail: 'not ready: signer', problems: [signer] }
  const answers = [
    { status: 200, body: '{"status":"ready"}' },
    { status: 503, body: JSON.stringify(problem) },
    { status: 502, body: '<html>' },
  ]
  const server = createServer((_, response) => {
    const { status, body } = answers.shift()!
    response.writeHead(status).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect(await troubleOf(url)).toEqual([])
  expect(await troubleOf(url)).toEqual([signer])
  expect(await troubleOf(url)).toEqual([{ at: 'server', message: expect.stringContaining('<html>') as string }])
  server.close()
  await once(server, 'close')
  expect(await troubleOf(url)).toEqual([{ at: 'server', message: expect.stringContaining('ECONNREFUSED') as string }])
})
