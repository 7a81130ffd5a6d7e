import type { KeyObject } from 'node:crypto'
import { keyName } from '../core/admission.ts'
import { digestOfJson, type Digest } from '../core/digest.ts'
import { digestsText, isOf, type KnownBytes } from '../core/digest-set.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'
import { oneLine } from '../core/one-line.ts'
import type { RefusedBundle, SignedFact } from '../core/signed-fact.ts'
import { factOf } from './facts.ts'
import { readSigned } from './image-signature.ts'
import { createMemory } from '../core/memory.ts'
import type { NamedRoot } from './named-roots.ts'

/** What is looked at: every bundle, in its JSON form, about every one of the artifacts that it names, with every root. */
export interface Look {
  bundles: unknown[]
  artifacts: KnownBytes[]
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
  const keys = look.keys.map(keyName).toSorted().join()
  let room = mostCharacters
  const seen = bundles.map((bundle) => {
    const digest = digestOfJson(bundle)
    const question = digestOfJson({
      digest,
      keys,
      artifacts: look.artifacts.map(({ digest: of, sha512 }) => [of, sha512 ?? null]),
      roots: look.roots.map((each) => each.digest),
    })
    const found = memory.recall(question, () => lookAtBundle(bundle, digest, look))
    room -= JSON.stringify(found).length
    return room >= 0 ? found : { facts: [], refusals: [tooMuch(digest, null)] }
  })
  return { facts: seen.flatMap(({ facts }) => facts), refusals: seen.flatMap(({ refusals }) => refusals) }
}

/** Neither a clock nor a policy plays a part in what is proven, so it is so for ever; it is asked whenever a promotion is looked at. */
const memory = createMemory<Seen>(32 * 1024 ** 2)

function lookAtBundle(bundle: unknown, digest: Digest, { artifacts, keys, roots }: Omit<Look, 'bundles'>): Seen {
  const read = attempt(() => bundleAbout(bundle, artifacts))
  if ('reason' in read) return { facts: [], refusals: [{ bundle: digest, artifact: null, root: null, ...read }] }
  const { about, signed } = read.value
  const [first] = about
  const seen: Seen = { facts: [], refusals: [] }
  for (const { digest: root, root: trusted } of roots) {
    // What else the statement is about stands in the same signed bytes: one check is enough for all.
    const found = attempt(() => factOf({ ...signed, artifact: first, keys, root: trusted }))
    if (JSON.stringify(found).length * about.length > mostOfOne) {
      seen.refusals.push(tooMuch(digest, root))
      continue
    }
    for (const { digest: artifact } of about) {
      if ('reason' in found) seen.refusals.push({ bundle: digest, artifact, root, ...found })
      else seen.facts.push({ ...found.value, bundle: digest, artifact, root })
    }
  }
  return seen
}

/** Each verdict writes down what was found, of every artifact anew: all of it together, and what one bundle says by one root. */
const mostCharacters = 16 * 1024 ** 2
const mostOfOne = 4 * 1024 ** 2

function tooMuch(bundle: Digest, root: Digest | null): Seen['refusals'][number] {
  const detail = 'expected bundles that say less about fewer artifacts: no verdict could hold all of it'
  return { bundle, artifact: null, root, reason: 'bundle.malformed', detail }
}

function attempt<T>(work: () => T): { value: T } | { reason: Disbelief; detail: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    return { reason: error.reason, detail: oneLine(error.message, 500) }
  }
}

/** Most bundles are about one of many artifacts: what they do not name is not worth checking a signature for. */
function bundleAbout(bundle: unknown, artifacts: KnownBytes[]) {
  const signed = readSigned(bundle)
  const [first, ...others] = artifacts.filter((artifact) => signed.about.some((named) => isOf(named, artifact)))
  if (first) return { signed, about: [first, ...others] as const }
  const expected = artifacts.map(({ digest }) => digest).join(' or ')
  const found = digestsText(signed.about)
  throw new Disbelieved('provenance.subject', `expected a bundle about ${expected}, found ${found}`)
}
