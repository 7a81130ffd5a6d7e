import { z } from 'zod'
import { digest, type Digest } from './digest.ts'
import { Refusal } from './refusal.ts'

/** A container image in a registry, by the digest of its manifest or index. */
export interface Image {
  /** Host, and port where it is not the usual one. */
  registry: string
  /** Its path there, such as `team/shop`. */
  name: string
  digest: Digest
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const port = '(?::[1-9][0-9]{0,4})?'
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const host = new RegExp(`^(?:${label}(?:\\.${label})*|\\[::1\\])${port}$`)
// OCI Distribution 1.1, "Pulling manifests", without the registry.
const path = new RegExp(`^${part}(?:/${part})*$`)

/** The host of a registry, with its port where it needs one: lower-case, nothing else beside it. */
export const registryHost = z
  .string()
  .max(260)
  .regex(host, 'expected a host such as registry.example.org or 127.0.0.1:5000, without https:// and path')

/** Reads `registry.example.org/team/shop@sha256:…`; refuses a tag, which may be another image by tomorrow (A10). */
export function readImage(text: string): Image {
  const read = splitImage(text)
  if ('problem' in read) throw new Refusal('invalid', read.problem, { reason: 'image.reference' })
  return read
}

/** The same as a part of something larger. */
export const imageReference = z
  .string()
  .max(600)
  .superRefine((text, context) => {
    const read = splitImage(text)
    if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem })
  })

function splitImage(text: string): Image | { problem: string } {
  const [place = '', ...found] = text.split('@')
  const slash = place.indexOf('/')
  const [registry, name] = [place.slice(0, slash), place.slice(slash + 1)]
  const tag = slash < 0 ? undefined : /:([^/:]+)$/.exec(name)?.[1]
  if (tag !== undefined) {
    const remedy = found.length > 0 ? `leave :${tag} away` : 'ask for its digest: docker buildx imagetools inspect'
    return { problem: `expected an image by digest alone, found the tag ${tag} of ${registry}; ${remedy} ${text}` }
  }
  if (registry === 'docker.io' || registry === 'index.docker.io') {
    return { problem: `expected the host that answers: registry-1.docker.io, found ${registry}` }
  }
  const expected = 'expected an image such as registry.example.org/team/shop@sha256:…'
  if (slash < 0 || !registryHost.safeParse(registry).success) return { problem: `${expected}, found ${text}` }
  // Without a dot or port the first part is no host to other tools either.
  if (!/[.:]/.test(registry) && registry !== 'localhost')
    return { problem: `${expected}, found no registry in ${text}` }
  if (!path.test(name) || name.length > 255) return { problem: `${expected}, found ${text}` }
  const named = digest.safeParse(found.join('@'))
  return named.success ? { registry, name, digest: named.data } : { problem: `${expected}, found ${text}` }
}

/** As `readImage` reads it. */
export function imageText({ registry, name, digest: bytes }: Image): string {
  return `${registry}/${name}@${bytes}`
}

/** True for what can be no file that somebody means: an image by digest, or what tools take for one by tag. */
export function looksLikeImage(text: string): boolean {
  const [registry = '', ...rest] = text.split('/')
  return (
    text.includes('@sha256:') || (rest.length > 0 && /^[^.:]+(?:[.:][^.:]+)+$/.test(registry) && /:[^/]+$/.test(text))
  )
}
