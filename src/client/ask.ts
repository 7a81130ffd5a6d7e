import { Refusal } from '../core/refusal.ts'
import { connectionLost, silenceMilliseconds } from './send.ts'

/** An `import` would evaluate all that node:net exports. */
const { connect } = process.getBuiltinModule('node:net')

/** What came back, whole. */
export interface Reply {
  status: number
  body: Buffer
}

/** What is asked of a server, besides where. */
export interface Question {
  method: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/**
 * One request over a plain connection of its own, its reply read to the end (HTTP/1.1, RFC 9112).
 * Loading node:http and all it can do would take a sixth of the time of a short command.
 */
export async function ask(url: URL, question: Question, patienceMilliseconds = silenceMilliseconds): Promise<Reply> {
  return replyIn(await talk(url, requestText(url, question), patienceMilliseconds))
}

function requestText({ host, pathname, search }: URL, { method, headers, body }: Question): string {
  const fields = { host, connection: 'close', ...headers, ...(body !== undefined && contentOf(body)) }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  const unsendable = lines.find((line) => /[^ -~]/.test(line))
  if (unsendable !== undefined) {
    const name = unsendable.slice(0, unsendable.indexOf(':'))
    throw new Refusal('invalid', `expected one line of ASCII for ${name}; found other characters`)
  }
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

function contentOf(body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }
}

/** All that comes back until the other side ends the connection, as it was asked to. */
function talk({ hostname, port }: URL, text: string, patienceMilliseconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80) })
    socket.setTimeout(patienceMilliseconds, () => {
      socket.destroy(connectionLost('ETIMEDOUT', `no sign of life for ${patienceMilliseconds / 1000} s`))
    })
    socket.on('data', (piece) => pieces.push(piece))
    socket.once('end', () => resolve(Buffer.concat(pieces)))
    socket.once('error', reject)
    socket.write(text)
  })
}

function replyIn(bytes: Buffer): Reply {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) throw cutOff()
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(first)?.[1])
  if (!status) throw new Error(`expected HTTP from the server, found ${JSON.stringify(first.slice(0, 80))}`)
  const rest = bytes.subarray(end + 4)
  // Interim replies announce the final one (RFC 9110, 15.2).
  return status < 200 ? replyIn(rest) : { status, body: bodyIn(rest, new Map(lines.map(field))) }
}

function field(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** RFC 9112, 6.3: chunked wins over a length; without either the end of the connection is the end. */
function bodyIn(bytes: Buffer, fields: Map<string, string>): Buffer {
  const coding = fields.get('transfer-encoding')?.toLowerCase()
  if (coding === 'chunked') return Buffer.concat([...chunksIn(bytes)])
  if (coding !== undefined) throw new Error(`expected no transfer coding but chunked from the server, found ${coding}`)
  const length = Number(fields.get('content-length') ?? bytes.length)
  if (bytes.length < length) throw cutOff()
  return bytes.subarray(0, length)
}

function* chunksIn(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; ;) {
    const from = bytes.indexOf('\r\n', at) + 2
    const size = Number.parseInt(bytes.toString('latin1', at, from), 16)
    if (size === 0) return
    const to = from + size
    if (from < 2 || !(to + 2 <= bytes.length)) throw cutOff()
    yield bytes.subarray(from, to)
    at = to + 2
  }
}

function cutOff(): Error {
  return connectionLost('ECONNRESET', 'the connection ended before the answer did')
}
