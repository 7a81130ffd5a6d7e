import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from '@sigstore/mock'
import type { Statement } from '../../src/core/attestation.ts'
import type { Digest } from '../../src/core/digest.ts'
import { inTotoPayloadType, preAuthenticationEncoding } from '../../src/core/dsse.ts'
import type { Layer } from './registry.ts'

/** What cosign 1 and 2 sign in the place of an image. */
export function simplePayload(image: Digest, change: object = {}): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': 'registry.example.org/shop' },
      image: { 'docker-manifest-digest': image },
      type: 'cosign container image signature',
    },
    optional: null,
    ...change,
  })
}

/** A layer as `cosign sign --key` of version 2 keeps it under the tag `.sig`. */
export function signedByKey(payload: string, key: KeyObject): Layer {
  return {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    bytes: payload,
    annotations: { 'dev.cosignproject.cosign/signature': sign('sha256', Buffer.from(payload), key).toString('base64') },
  }
}

/** A layer as `cosign attest --key` of version 2 keeps it under the tag `.att`. */
export function attestedByKey(statement: Statement, key: KeyObject): Layer {
  return {
    mediaType: 'application/vnd.dsse.envelope.v1+json',
    bytes: envelope(statement, key),
    annotations: { 'dev.cosignproject.cosign/signature': '', predicateType: statement.predicateType },
  }
}

/** As Rekor v1 answers. */
interface LogEntry {
  body: string
  integratedTime: number
  logID: string
  logIndex: number
  verification: { signedEntryTimestamp: string }
}

/** Who signs without a key, by the certificates of `createSigstore`. */
export const keyless = { identity: 'https://ci.example.org/jobs/shop', issuer: 'https://login.example.org' }

/** A Sigstore of our own: certificates, log and timestamps, and the trusted root that says so. */
export async function createSigstore() {
  const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
  // A whole second, as a timestamp whose fraction ends with 0 is not spelled in the one way; and after all certificates were made.
  const clock = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000)
  const ctLog = await initializeCTLog(pair('P-256'), clock)
  const ca = await initializeCA(pair('P-384'), ctLog, clock)
  const log = await initializeTLog('https://log.example.org', pair('P-256'), clock)
  const tsa = await initializeTSA(pair('P-384'), clock)
  const base64 = (bytes: ArrayBufferView<ArrayBuffer>) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  const validFor = { start: '2020-01-01T00:00:00Z' }
  const instance = (publicKey: Buffer) => ({
    baseUrl: 'https://log.example.org',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: publicKey.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
  })
  const authority = (...certificates: ArrayBufferView<ArrayBuffer>[]) => ({
    subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
    uri: 'https://ca.example.org',
    certChain: { certificates: certificates.map((each) => ({ rawBytes: base64(each) })) },
    validFor,
  })
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [instance(log.publicKey)],
    ctlogs: [instance(ctLog.publicKey)],
    certificateAuthorities: [authority(ca.rootCertificate)],
    timestampAuthorities: [authority(tsa.intCertificate, tsa.rootCertificate)],
  }

  /** The annotations that go with a signature: certificate, log entry and timestamp. */
  async function witnessed(payload: string, { timestamp = false } = {}): Promise<Layer> {
    const { privateKey, publicKey } = pair('P-256')
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const issuer = { oid: '1.3.6.1.4.1.57264.1.8', value: keyless.issuer }
    const issued = await ca.issueCertificate({
      publicKey: spki,
      subjectAltName: keyless.identity,
      extensions: [issuer],
    })
    const certificate = pem(base64(issued))
    const signature = sign('sha256', Buffer.from(payload), privateKey)
    const [entry] = Object.values(
      await log.log({
        apiVersion: '0.0.1',
        kind: 'hashedrekord',
        spec: {
          data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
          signature: {
            content: signature.toString('base64'),
            publicKey: { content: Buffer.from(certificate).toString('base64') },
          },
        },
      }),
    )
    const { body, integratedTime, logID, logIndex, verification } = entry as LogEntry
    return {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      bytes: payload,
      annotations: {
        'dev.cosignproject.cosign/signature': signature.toString('base64'),
        'dev.sigstore.cosign/certificate': certificate,
        'dev.sigstore.cosign/chain': pem(base64(ca.rootCertificate)),
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: verification.signedEntryTimestamp,
          Payload: { body, integratedTime, logIndex, logID },
        }),
        ...(timestamp && { 'dev.sigstore.cosign/rfc3161timestamp': await timestampOf(signature) }),
      },
    }
  }

  async function timestampOf(signature: Buffer): Promise<string> {
    const artifactHash = createHash('sha256').update(signature).digest()
    const asked = {
      artifactHash,
      hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
      nonce: 1,
      policyOID: '1.3.6.1.4.1.57264.2',
    }
    return JSON.stringify({ SignedRFC3161Timestamp: base64(await tsa.timestamp(asked)) })
  }

  return { root, signed: witnessed }
}

function envelope(statement: Statement, key: KeyObject): string {
  const payload = Buffer.from(JSON.stringify(statement))
  const sig = sign('sha256', preAuthenticationEncoding(inTotoPayloadType, payload), key).toString('base64')
  return JSON.stringify({
    payloadType: inTotoPayloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: '', sig }],
  })
}

function pem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`
}
