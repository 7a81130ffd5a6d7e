import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from './ask.ts'

/** An address where every request is answered with just these bytes, and what the last request was. */
async function answering(...pieces: string[]) {
  const asked = { text: '' }
  const server = createServer((socket) => {
    socket.once('data', (data) => {
      asked.text = data.toString()
      for (const piece of pieces) socket.write(piece)
      socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { asked, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/me?a=b`) }
}

const get = { method: 'GET' } as const

test('a request says what it is, and an answer is read by its length', async () => {
  const { url, asked } = await answering('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyès')
  const post = { method: 'POST', headers: { 'idempotency-key': '1' }, body: '"ö"' } as const
  expect(await ask(url, post)).toEqual({ status: 200, body: Buffer.from('y\u00E8') })
  expect(asked.text.split('\r\n')).toEqual([
    'POST /me?a=b HTTP/1.1',
    `host: ${url.host}`,
    'connection: close',
    'idempotency-key: 1',
    'content-type: application/json',
    'content-length: 4',
    '',
    '"ö"',
  ])
})

test('an answer in chunks, as proxies send it, is put together, extensions and trailers left aside', async () => {
  const head = 'HTTP/1.1 404 Not Found\r\ntransfer-encoding: Chunked\r\ncontent-length: 1\r\n\r\n'
  const { url } = await answering(`${head}4;a=b\r\nno s\r`, '\nA\r\nuch\r\n\r\nthi\r\n2\r', '\nng\r\n0\r\nx: y\r\n\r\n')
  expect(await ask(url, get)).toEqual({ status: 404, body: Buffer.from('no such\r\n\r\nthing') })
})

test('an interim answer is not the answer', async () => {
  const { url } = await answering('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nto the end')
  expect(await ask(url, get)).toEqual({ status: 200, body: Buffer.from('to the end') })
})

test('an answer that is cut off anywhere counts as a lost connection, never as a shorter answer', async () => {
  for (const whole of [
    'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabcd',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n',
  ]) {
    for (let length = 0; length < whole.length; length += 5) {
      const { url } = await answering(whole.slice(0, length))
      await expect(ask(url, get), whole.slice(0, length)).rejects.toMatchObject({ code: 'ECONNRESET' })
    }
  }
})

test('what is not HTTP is not taken for it', async () => {
  const { url } = await answering('SSH-2.0-OpenSSH\r\n\r\n')
  await expect(ask(url, get)).rejects.toThrow('expected HTTP from the server, found "SSH-2.0-OpenSSH"')
  const coded = await answering('HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n')
  await expect(ask(coded.url, get)).rejects.toThrow('expected no transfer coding but chunked')
})

test('a token with a line break puts no header of its own into the request', async () => {
  const { url, asked } = await answering('HTTP/1.1 200 OK\r\n\r\n')
  const headers = { authorization: 'Bearer x\r\nx-evil: 1' }
  await expect(ask(url, { ...get, headers })).rejects.toMatchObject({
    code: 'invalid',
    message: 'expected one line of ASCII for authorization; found other characters',
  })
  expect(asked.text).toBe('')
})

test('silence ends after the patience', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await expect(ask(url, get, 20)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
})
