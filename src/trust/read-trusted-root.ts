import { TrustedRoot } from '@sigstore/protobuf-specs'
import { readJson, unread } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

const mediaTypes = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
])

/** A Sigstore trusted root in which everything says from when on it is trusted: a key without a beginning would be good for every time (A13). */
export function readTrustedRoot(source: Uint8Array | string): TrustedRoot {
  const json = readJson(source, 'root.malformed')
  const root = parse(json)
  if (!mediaTypes.has(root.mediaType)) {
    throw new Disbelieved(
      'root.malformed',
      `expected a Sigstore trusted root, found ${root.mediaType || 'no media type'}`,
    )
  }
  const place = unread(json, TrustedRoot.toJSON(root))
  if (place !== null) throw new Disbelieved('root.malformed', `${place} is unknown, or not in its canonical spelling`)
  const trusted = {
    tlogs: root.tlogs.map(({ publicKey }) => publicKey?.validFor?.start),
    ctlogs: root.ctlogs.map(({ publicKey }) => publicKey?.validFor?.start),
    certificateAuthorities: root.certificateAuthorities.map(({ validFor }) => validFor?.start),
    timestampAuthorities: root.timestampAuthorities.map(({ validFor }) => validFor?.start),
  }
  for (const [kind, starts] of Object.entries(trusted)) {
    const index = starts.findIndex((start) => start === undefined)
    if (index >= 0) throw new Disbelieved('root.malformed', `${kind}[${index}] does not say from when on it is valid`)
  }
  return root
}

function parse(json: unknown): TrustedRoot {
  try {
    return TrustedRoot.fromJSON(json)
  } catch (error) {
    throw new Disbelieved('root.malformed', `not a Sigstore trusted root: ${(error as Error).message}`, error)
  }
}
