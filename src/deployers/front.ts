import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { frontExits, writeFrontRecord } from './front-record.ts'
import { keepAllSmall } from './output-file.ts'
import { markOf } from '../processes/process-mark.ts'
import { readRoute } from './process-state.ts'
import { serviceOutputs } from './target.ts'

/*
 * The program in front of one environment's service: it keeps the port and passes each request to the live release
 * or, by weight, to the candidate. It runs apart from Lockflight and knows nothing but the target's state, which it
 * reads for every request: a switch is in force the moment the file is replaced. Because it is always there, it also
 * keeps the services' output small.
 */

const [target = '', port = ''] = process.argv.slice(2)
const host = '127.0.0.1'
const graceMilliseconds = 5_000
const ofOneConnection = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']

/** Requests under way, by the instance's port: a retiring instance is stopped when it has none left. */
const underWay = new Map<number, number>()
/** Grows with each request by the candidate's percentage; every full hundred is one request for the candidate. */
let due = 0

const front = createServer(forward).on('upgrade', tunnel)
const status = createServer((_, response) => void response.end(JSON.stringify(Object.fromEntries(underWay))))
await listen(front, Number(port))
await listen(status, 0)
const mark = markOf(process.pid)
if (!mark) throw new Error('this process cannot find itself')
await writeFrontRecord(target, { mark, port: Number(port), statusPort: (status.address() as AddressInfo).port })
keepAllSmall(() => serviceOutputs(target))
process.on('SIGTERM', stop)

function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const to = choose()
  if (to === null) return say(outgoing, 503, 'nothing is live here yet')
  enter(to, outgoing)
  const { method, url: path } = incoming
  const headers = passedOn(incoming.rawHeaders)
  const upstream = request({ host, port: to, method, path, headers, agent: false, setHost: false })
  upstream.on('response', (response) => {
    const kept = passedOn(response.rawHeaders, ['transfer-encoding'])
    outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, kept)
    response.on('error', () => outgoing.destroy()).pipe(outgoing)
  })
  upstream.on('error', () =>
    outgoing.headersSent ? outgoing.destroy() : say(outgoing, 502, 'the release does not answer'),
  )
  outgoing.on('close', () => upstream.destroy())
  incoming.on('error', () => upstream.destroy()).pipe(upstream)
}

/** Connections that stop being HTTP, such as web sockets, stay with the instance they began with. */
function tunnel(incoming: IncomingMessage, client: Duplex, head: Buffer): void {
  const to = choose()
  if (to === null) return void client.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
  enter(to, client)
  const upstream = connect(to, host, () => {
    const lines = pairs(incoming.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
    upstream.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
    upstream.write(head)
    upstream.pipe(client).pipe(upstream)
  })
  upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
  client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
}

function choose(): number | null {
  const { live, candidate, percent } = readRoute(target)
  due += percent
  if (candidate === null || due < 100) return live
  due -= 100
  return candidate
}

function enter(to: number, until: ServerResponse | Duplex): void {
  underWay.set(to, (underWay.get(to) ?? 0) + 1)
  until.once('close', () => {
    const left = (underWay.get(to) ?? 1) - 1
    if (left > 0) underWay.set(to, left)
    else underWay.delete(to)
  })
}

/** Headers without those that speak about one connection only (RFC 9110, section 7.6.1). */
function passedOn(rawHeaders: string[], also: string[] = []): string[] {
  const all = pairs(rawHeaders)
  const named = all.flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' ? value.toLowerCase().split(',') : [],
  )
  const left = new Set([...ofOneConnection, ...also, ...named.map((name) => name.trim())])
  return all.filter(([name]) => !left.has(name.toLowerCase())).flat()
}

function pairs(rawHeaders: string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : []))
}

function say(outgoing: ServerResponse, code: number, text: string): void {
  outgoing.writeHead(code, { 'content-type': 'text/plain' }).end(`${text}\n`)
}

async function listen(server: Server, at: number): Promise<void> {
  server.once('error', (error: NodeJS.ErrnoException) => {
    console.error(error.message)
    process.exit(error.code === 'EADDRINUSE' ? frontExits.taken : error.code === 'EACCES' ? frontExits.forbidden : 1)
  })
  await once(server.listen(at, host), 'listening')
}

function stop(): void {
  status.close()
  front.close(() => process.exit(0))
  setTimeout(() => process.exit(0), graceMilliseconds).unref()
}
