import type { Bundle } from '@sigstore/bundle'
import type { AnyBundle } from '../core/attestation.ts'
import { claimsOf, type BuildClaims } from '../core/build-claims.ts'
import { digestOfJson, type Digest } from '../core/digest.ts'
import type { DigestSet } from '../core/digest-set.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { provenanceType } from '../core/provenance.ts'
import { readSigned } from './image-signature.ts'
import { readJson } from './read-json.ts'
import { readStatement } from './statement.ts'

/** A bundle with what it says of itself; nobody has checked a signature. */
export interface ReadBundle {
  bundle: AnyBundle
  digest: Digest
  about: DigestSet[]
  /** Null when an artifact itself was signed. */
  predicateType: string | null
  /** Null when it is no provenance. */
  claims: BuildClaims | null
}

/** Most bundles about one thing, however they come in: each is read, kept and checked. */
export const mostBundles = 200

/** Every bundle in a document: one, one on each line, a list, or `attestations` as GitHub and npm answer. Throws `Disbelieved` when there is none, or anything else; of too many, it reads none. */
export function bundlesIn(text: string): ReadBundle[] {
  const found = documentsIn(text).flatMap(bundlesInDocument)
  if (found.length === 0) throw new Disbelieved('bundle.malformed', 'expected a bundle, found an empty list')
  refuseMany(found.length)
  return found.map(readOne)
}

/** Throws `Disbelieved` for more bundles than there may be. */
export function refuseMany(count: number): void {
  if (count <= mostBundles) return
  throw new Disbelieved('bundle.malformed', `expected at most ${mostBundles} bundles, found ${count}`)
}

function documentsIn(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const isOnePerLine = lines.length > 1 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line))
  if (isOnePerLine) refuseMany(lines.length)
  return (isOnePerLine ? lines : [text]).map((document) => readJson(document, 'bundle.malformed'))
}

function bundlesInDocument(document: unknown): unknown[] {
  if (Array.isArray(document)) return document
  const { attestations } = (document ?? {}) as { attestations?: unknown }
  if (!Array.isArray(attestations)) return [document]
  return attestations.map((each: { bundle?: unknown } | null, index) => {
    if (each?.bundle) return each.bundle
    throw new Disbelieved('bundle.malformed', `attestations[${index}] holds no bundle; fetch the one it only names`)
  })
}

/** One bundle from its JSON form. Throws `Disbelieved`. */
export function readOne(json: unknown): ReadBundle {
  const { bundle, about } = readSigned(json)
  const statement = statementIn(bundle)
  return {
    bundle: json as AnyBundle,
    digest: digestOfJson(json),
    about,
    predicateType: statement?.predicateType ?? null,
    claims: statement?.predicateType === provenanceType ? claimsOf(statement) : null,
  }
}

function statementIn({ content }: Bundle) {
  if (content.$case !== 'dsseEnvelope') return null
  const { predicateType, predicate = {} } = readStatement(content.dsseEnvelope.payload)
  return { predicateType, predicate }
}
