import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const json = { 'content-type': 'application/json' }

/** What a source can answer instead of a value: each must end as `error` or `inconclusive`, never as a pass (A32). */
export const faults: Record<string, RequestListener> = {
  'an error page': (_, response) => response.writeHead(500).end('oops'),
  'an error page with status 200': (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>ok</h1>'),
  'a redirect to the metadata service': (_, response) =>
    response.writeHead(302, { ...json, location: 'http://169.254.169.254/latest/meta-data/' }).end('{}'),
  'a body without end': (_, response) => {
    response.writeHead(200, json)
    const pour = () => {
      while (!response.destroyed && response.write(' '.repeat(1 << 16)));
    }
    response.on('drain', pour)
    pour()
  },
  'a compressed bomb': (_, response) =>
    response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1 << 20))),
  'half a body': (_, response) => {
    response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"status":')
    setImmediate(() => response.destroy())
  },
  'a closed connection': (_, response) => void response.destroy(),
  'nothing at all': () => {},
  'an empty body': (_, response) => response.writeHead(200, json).end(),
  'no JSON': (_, response) => response.writeHead(200, json).end('{"outcome":"pass"'),
  'a key twice': (_, response) =>
    response.writeHead(200, json).end('{"outcome":"error","outcome":"pass","reason":"x"}'),
  'an empty object': (_, response) => response.writeHead(200, json).end('{}'),
  'a list': (_, response) => response.writeHead(200, json).end('[]'),
}

/** A server that answers like that, and one that answers whatever JSON it is told to; both on this machine. */
export async function startFaultServer() {
  let listener: RequestListener = (_, response) => response.end()
  const asked: { headers: Record<string, unknown>; body: string; url: string }[] = []
  const server = createServer((request, response) => {
    const body: Buffer[] = []
    request.on('data', (chunk: Buffer) => body.push(chunk))
    request.once('end', () => {
      asked.push({ headers: request.headers, body: Buffer.concat(body).toString('utf8'), url: request.url ?? '' })
      listener(request, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What it was asked, oldest first. */
    asked,
    answer(next: RequestListener) {
      listener = next
    },
    answerJson(value: unknown, status = 200) {
      listener = (_, response) => response.writeHead(status, json).end(JSON.stringify(value))
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
