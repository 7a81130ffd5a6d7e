import { bundleFromJSON, bundleToJSON, ValidationError, type Bundle } from '@sigstore/bundle'
import { readJson, unread } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

const mediaTypes = new Set([
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
])

/** A Sigstore bundle v0.1 to v0.3, every value of which was read and is spelled in the one canonical way. */
export function readBundle(source: Uint8Array | string): Bundle {
  const json = readJson(source, 'bundle.malformed')
  const bundle = parse(json)
  if (!mediaTypes.has(bundle.mediaType)) {
    throw new Disbelieved('bundle.unsupported', `expected a Sigstore bundle v0.1 to v0.3, found ${bundle.mediaType}`)
  }
  refuseMany(bundle)
  const place = unread(json, bundleToJSON(bundle))
  if (place !== null) throw new Disbelieved('bundle.malformed', `${place} is unknown, or not in its canonical spelling`)
  return bundle
}

/** Of log entries, of timestamps and of certificates: each is verified, which takes milliseconds. */
const mostOfEach = 32

function refuseMany({ verificationMaterial: { tlogEntries, timestampVerificationData, content } }: Bundle): void {
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? []
  const chain = content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates : []
  const found = Math.max(...[tlogEntries, timestamps, chain].map((each) => each.length))
  if (found <= mostOfEach) return
  const most = `at most ${mostOfEach} log entries, timestamps and certificates each`
  throw new Disbelieved('bundle.malformed', `expected ${most}, found ${found} of a kind`)
}

function parse(json: unknown): Bundle {
  try {
    return bundleFromJSON(json)
  } catch (error) {
    const what =
      error instanceof ValidationError
        ? `missing or not as it must be: ${error.fields.join(', ')}`
        : (error as Error).message
    throw new Disbelieved('bundle.malformed', `not a Sigstore bundle v0.1 to v0.3: ${what}${hint(json)}`, error)
  }
}

/** What is most often meant: envelopes may have many signatures, bundles one. */
function hint(json: unknown): string {
  const { dsseEnvelope } = (json ?? {}) as { dsseEnvelope?: { signatures?: unknown } | null }
  const signatures = dsseEnvelope?.signatures
  if (!Array.isArray(signatures) || signatures.length === 1) return ''
  return `; expected one signature in a bundle, found ${signatures.length}`
}
