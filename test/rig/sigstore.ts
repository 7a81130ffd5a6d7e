import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock'

/** One of the services, to be spoilt. */
type Service = 'fulcio' | 'rekor' | 'timestamp'

type Answer = Awaited<ReturnType<ReturnType<typeof fulcioHandler>['fn']>>

/** Who asks for a certificate; all of it has a default. */
interface Claims {
  sub?: string
  iss?: string
  exp?: number
  /** What else the token says, as those of GitHub Actions do; it goes into the certificate. */
  more?: Record<string, string>
}

/** The identity that tokens of the private stack are for. */
export const stackIdentity = 'https://lockflight.example/installation'

/** Who vouches for it. */
export const stackIssuer = 'https://issuer.example'

/** A Sigstore of our own over HTTP on this machine: a certificate authority with its log, a transparency log and a time-stamping authority. */
export async function startSigstore() {
  const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const certificateLog = await initializeCTLog(keyPair())
  const authority = await initializeCA(keyPair(), certificateLog)
  const log = await initializeTLog('https://rekor.example', keyPair())
  const stamper = await initializeTSA(keyPair())
  // Whole seconds, as the authorities in use have them: the library does not read every fraction.
  Object.assign(stamper, { getCurrentTime: () => new Date(Math.floor(Date.now() / 1000) * 1000) })
  const handlers: Record<string, { service: Service; fn: (body: string) => Promise<Answer> }> = {
    '/api/v2/signingCert': { service: 'fulcio', fn: fulcioHandler(authority).fn },
    '/api/v1/log/entries': { service: 'rekor', fn: (body) => rekorHandler(log).fn(asRekorKeepsIt(body)) },
    '/api/v2/log/entries': { service: 'rekor', fn: (body) => secondRekor(log, body) },
    '/api/v1/timestamp': { service: 'timestamp', fn: tsaHandler(stamper).fn },
  }
  const asked: Record<Service, string[]> = { fulcio: [], rekor: [], timestamp: [] }
  const spoilt = new Map<Service, (response: ServerResponse, body: string) => void>()

  const server = createServer((request, response) => {
    void serve(request, response)
  })
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handler = handlers[request.url ?? '']
    if (!handler) return void response.writeHead(404).end()
    const body = await bodyOf(request)
    asked[handler.service].push(body)
    const spoil = spoilt.get(handler.service)
    if (spoil) return spoil(response, body)
    const { statusCode, response: answer, contentType = 'text/plain' } = await handler.fn(body)
    const bytes = typeof answer === 'string' ? answer : Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
    response.writeHead(statusCode, { 'content-type': contentType }).end(bytes)
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { privateKey: tokenKey } = keyPair()

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every request body, by service. */
    asked,
    /** Services that answer something else. */
    spoilt,
    /** The trusted root of the stack, as JSON. */
    root: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [trustedLog('https://rekor.example', log.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
          uri: 'https://fulcio.example',
          certChain: { certificates: [{ rawBytes: base64(authority.rootCertificate) }] },
          validFor: { start: '2020-01-01T00:00:00Z' },
        },
      ],
      ctlogs: [trustedLog('https://ctfe.example', certificateLog.publicKey)],
      timestampAuthorities: [
        {
          subject: { organization: 'sigstore.mock', commonName: 'tsa' },
          uri: 'https://tsa.example',
          certChain: {
            certificates: [{ rawBytes: base64(stamper.intCertificate) }, { rawBytes: base64(stamper.rootCertificate) }],
          },
          validFor: { start: '2020-01-01T00:00:00Z' },
        },
      ],
    },
    /** A signed identity token; the stack believes all of them. */
    token({
      sub = stackIdentity,
      iss = stackIssuer,
      exp = Math.floor(Date.now() / 1000) + 600,
      more,
    }: Claims = {}): string {
      const parts = [{ alg: 'ES256' }, { ...more, iss, sub, exp, aud: 'sigstore' }]
      const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      const signature = sign('sha256', Buffer.from(signed), { key: tokenKey, dsaEncoding: 'ieee-p1363' })
      return `${signed}.${signature.toString('base64url')}`
    },
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

/** Rekor keeps of a DSSE envelope only the digests and the signature; the mock would keep what it was sent. */
function asRekorKeepsIt(body: string): string {
  const { spec } = JSON.parse(body) as { spec: { proposedContent: { envelope: string; verifiers: [string] } } }
  const { envelope, verifiers } = spec.proposedContent
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: [{ sig: string }] }
  const digestOf = (bytes: Buffer | string) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(bytes).digest('hex'),
  })
  return JSON.stringify({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: digestOf(envelope),
      payloadHash: digestOf(Buffer.from(payload, 'base64')),
      signatures: [{ signature: signatures[0].sig, verifier: verifiers[0] }],
    },
  })
}

/** The second version of Rekor, of which the mock writes down what nobody verifies: no signed time, and the proof says the rest. */
async function secondRekor(log: Awaited<ReturnType<typeof initializeTLog>>, body: string): Promise<Answer> {
  const { dsseRequestV002 } = JSON.parse(body) as {
    dsseRequestV002: { envelope: { payload: string; signatures: [{ sig: string }] }; verifiers: [object] }
  }
  const { envelope, verifiers } = dsseRequestV002
  const payloadHash = createHash('sha256').update(Buffer.from(envelope.payload, 'base64')).digest('base64')
  const entry = {
    apiVersion: '0.0.2',
    kind: 'dsse',
    spec: {
      dsseV002: {
        payloadHash: { algorithm: 'SHA2_256', digest: payloadHash },
        signatures: [{ content: envelope.signatures[0].sig, verifier: verifiers[0] }],
      },
    },
  }
  const { logId, canonicalizedBody, inclusionProof } = await log.logV2(entry as never)
  const checkpoint = inclusionProof?.checkpoint?.envelope ?? ''
  const proof = { logIndex: '0', treeSize: '1', rootHash: checkpoint.split('\n')[2], hashes: [] }
  const response = JSON.stringify({
    logIndex: '0',
    logId: { keyId: logId?.keyId.toString('base64') },
    kindVersion: { kind: 'dsse', version: '0.0.2' },
    inclusionProof: { ...proof, checkpoint: { envelope: checkpoint } },
    canonicalizedBody: canonicalizedBody.toString('base64'),
  })
  return { statusCode: 201, response, contentType: 'application/json' }
}

function trustedLog(baseUrl: string, publicKey: Buffer) {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
  }
}

function base64(bytes: ArrayBufferView): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString('utf8')
}
