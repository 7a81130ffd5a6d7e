import type { KeyObject } from 'node:crypto'
import type { Digest } from '../core/digest.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { oneLine } from '../core/one-line.ts'
import type { RefusedBundle, SignedFact } from '../core/signed-fact.ts'
import { factOf } from './facts.ts'
import type { NamedRoot } from './named-roots.ts'
import { readBundle } from './read-bundle.ts'
import { subjectsOf } from './subjects-of.ts'

/** A bundle as it is stored. */
export interface StoredBundle {
  digest: Digest
  bundle: unknown
}

/** What is looked at: every bundle, about every one of the artifacts that it names, with every root. */
export interface Look {
  bundles: StoredBundle[]
  artifacts: Digest[]
  /** With which to check signatures by keys. */
  keys: KeyObject[]
  roots: NamedRoot[]
}

/** A fact, or why there is none, with the trusted root that says so; null where it did not come to that. */
export interface Seen {
  facts: (SignedFact & { root: Digest })[]
  refusals: (RefusedBundle & { root: Digest | null })[]
}

/** Finds out what bundles prove about artifacts, and why the others prove nothing. Pure and offline. */
export function lookAtBundles({ bundles, ...look }: Look): Seen {
  const seen = bundles.map((each) => lookAtBundle(each, look))
  return { facts: seen.flatMap(({ facts }) => facts), refusals: seen.flatMap(({ refusals }) => refusals) }
}

function lookAtBundle(stored: StoredBundle, { artifacts, keys, roots }: Omit<Look, 'bundles'>): Seen {
  const seen: Seen = { facts: [], refusals: [] }
  const attempt = <T>(work: () => T, about: { artifact: Digest | null; root: Digest | null }): T | null => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      const { reason, message } = error
      seen.refusals.push({ bundle: stored.digest, ...about, reason, detail: oneLine(message, 500) })
      return null
    }
  }
  const read = attempt(() => bundleAbout(stored, artifacts), { artifact: null, root: null })
  for (const artifact of read?.about ?? []) {
    for (const { digest, root } of roots) {
      const question = { bundle: read!.bundle, artifact, keys, root }
      const fact = attempt(() => factOf(question), { artifact, root: digest })
      if (fact) seen.facts.push({ ...fact, bundle: stored.digest, root: digest })
    }
  }
  return seen
}

/** Most bundles are about one of many artifacts: what they do not name is not worth checking a signature for. */
function bundleAbout(stored: StoredBundle, artifacts: Digest[]) {
  const bundle = readBundle(JSON.stringify(stored.bundle))
  const named = subjectsOf(bundle)
  const about = artifacts.filter((artifact) => named.includes(artifact))
  if (about.length > 0) return { bundle, about }
  const found = named.join(', ') || 'no SHA-256'
  throw new Disbelieved('provenance.subject', `expected a bundle about ${artifacts.join(' or ')}, found ${found}`)
}
