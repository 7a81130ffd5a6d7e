import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { digestOfJson, type Digest } from '../core/digest.ts'
import publicGood from './public-good-root.json' with { type: 'json' }
import { readTrustedRoot } from './read-trusted-root.ts'

/** A trusted root under the name a policy gives it. */
export interface NamedRoot {
  /** `public-good`, or the digest again for one that the policy holds itself. */
  name: string
  /** Of its JSON. */
  digest: Digest
  root: TrustedRoot
}

/** The root of Sigstore's public good instance that comes along. */
export function publicGoodRoot(): NamedRoot {
  return { name: 'public-good', ...rootOf(publicGood) }
}

/** A root that a policy holds. Throws `Disbelieved`. */
export function heldRoot(json: unknown): NamedRoot {
  const { digest, root } = rootOf(json)
  return { name: digest, digest, root }
}

function rootOf(json: unknown): { digest: Digest; root: TrustedRoot } {
  const digest = digestOfJson(json)
  const root = known.get(digest) ?? readTrustedRoot(JSON.stringify(json))
  if (known.size >= mostKnown) known.clear()
  known.set(digest, root)
  return { digest, root }
}

/** Reading the certificates of a root takes longer than checking a bundle with them. */
const known = new Map<Digest, TrustedRoot>()
const mostKnown = 100
