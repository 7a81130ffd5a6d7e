import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { AnyBundle } from '../core/attestation.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { messageSignature, wrapped, wrappedBundleType } from './image-signature.ts'
import { readJson } from './read-json.ts'

/** A layer under the tags `sha256-….sig` and `sha256-….att`: cosign 1 and 2 keep signatures there, with all the rest as annotations. */
export interface CosignLayer {
  mediaType: string
  bytes: Uint8Array
  annotations: Record<string, string>
}

const keys = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  log: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const

/** A Sigstore bundle with the same signature, log entry and timestamp in it, still to be checked. The chain of the certificate is left away: only the trusted root says who stands behind it. Throws `Disbelieved`. */
export function bundleOfLayer({ mediaType, bytes, annotations }: CosignLayer): AnyBundle {
  const value = (key: keyof typeof keys) => annotations[keys[key]] || undefined
  const material = {
    ...signerOf(value('certificate')),
    tlogEntries: logEntries(value('log')),
    ...timestampsOf(value('timestamp')),
  }
  const bundle = { mediaType: wrappedBundleType, verificationMaterial: material }
  switch (mediaType) {
    case 'application/vnd.dev.cosign.simplesigning.v1+json': {
      const signature = value('signature')
      if (signature === undefined) throw malformed('the layer has no signature beside it')
      return wrapped({ ...bundle, messageSignature: messageSignature(bytes, signature) }, bytes) as AnyBundle
    }
    case 'application/vnd.dsse.envelope.v1+json':
      return { ...bundle, dsseEnvelope: envelopeOf(bytes) }
    default:
      throw new Disbelieved('bundle.unsupported', `expected a signature of cosign, found ${mediaType}`)
  }
}

/** A certificate, or a key that cosign does not name: whoever checks it tries those it trusts. */
function signerOf(pem: string | undefined): object {
  if (pem === undefined) return { publicKey: { hint: '' } }
  const start = pem.indexOf('-----BEGIN CERTIFICATE-----')
  const end = pem.indexOf('-----END CERTIFICATE-----', start)
  try {
    const first = pem.slice(Math.max(start, 0), end + '-----END CERTIFICATE-----'.length)
    const rawBytes = new X509Certificate(first).raw.toString('base64')
    return { x509CertificateChain: { certificates: [{ rawBytes }] } }
  } catch (error) {
    throw new Disbelieved('certificate.invalid', `not a certificate: ${(error as Error).message}`, error)
  }
}

const logEntry = z.strictObject({
  SignedEntryTimestamp: z.string(),
  Payload: z.strictObject({
    body: z.string(),
    integratedTime: z.int().min(0),
    logIndex: z.int().min(0),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
})

const entryKind = z.looseObject({ kind: z.string(), apiVersion: z.string() })

/** Rekor v1 with a promise: a proof of inclusion is nothing that cosign kept there. */
function logEntries(text: string | undefined): object[] {
  if (text === undefined) return []
  const { SignedEntryTimestamp: signedEntryTimestamp, Payload } = readAs(logEntry, text, 'the log entry')
  const { body, integratedTime, logIndex, logID } = Payload
  const { kind, apiVersion } = readAs(
    entryKind,
    Buffer.from(body, 'base64').toString('utf8'),
    'the body of the log entry',
  )
  return [
    {
      logIndex: String(logIndex),
      logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      canonicalizedBody: body,
    },
  ]
}

const timestamp = z.strictObject({ SignedRFC3161Timestamp: z.string() })

function timestampsOf(text: string | undefined): object {
  if (text === undefined) return {}
  const { SignedRFC3161Timestamp: signedTimestamp } = readAs(timestamp, text, 'the timestamp')
  return { timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp }] } }
}

const envelope = z.strictObject({
  payloadType: z.string(),
  payload: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string().nullish(), sig: z.string() })).length(1),
})

function envelopeOf(bytes: Uint8Array): NonNullable<AnyBundle['dsseEnvelope']> {
  const { payloadType, payload, signatures } = readAs(envelope, bytes, 'the envelope')
  const named = signatures.map(({ keyid, sig }) => ({ sig, keyid: keyid ?? '' }))
  return { payloadType, payload, signatures: named }
}

function readAs<T>(schema: z.ZodType<T>, source: Uint8Array | string, what: string): T {
  const read = schema.safeParse(readJson(source, 'bundle.malformed'))
  if (read.success) return read.data
  throw malformed(`${what}: ${z.prettifyError(read.error)}`)
}

function malformed(why: string): Disbelieved {
  return new Disbelieved('bundle.malformed', why)
}
