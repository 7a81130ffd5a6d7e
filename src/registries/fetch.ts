import { digestOf, type Digest } from '../core/digest.ts'
import type { HttpAnswer } from '../core/http-request.ts'
import { imageText, type Image } from '../core/image.ts'
import { Refusal } from '../core/refusal.ts'
import { isOutage, type Conversation } from './conversation.ts'
import { imageTypes, limits, type Descriptor } from './manifest.ts'

const accept = imageTypes.join(', ')

/** A manifest by digest, checked by it; refuses with `not_found`. */
export async function fetchManifest(talk: Conversation, image: Image, digest = image.digest): Promise<HttpAnswer> {
  const answer = await ask(talk, image, `manifests/${digest}`)
  if (!answer) {
    const text = imageText({ ...image, digest })
    throw new Refusal('not_found', `${image.registry} has no ${text}`, { reason: 'image.unknown' })
  }
  check(answer.body, digest, image)
  return answer
}

/** What a tag names now, whatever that is; null when there is no such tag. Nothing vouches for these bytes. */
export async function fetchTag(talk: Conversation, image: Image, tag: string): Promise<Uint8Array | null> {
  return (await ask(talk, image, `manifests/${tag}`))?.body ?? null
}

/** A blob that was announced with digest and size, checked by both. */
export async function fetchBlob(
  talk: Conversation,
  image: Image,
  { digest, size }: Pick<Descriptor, 'size'> & { digest: Digest },
): Promise<Uint8Array> {
  const answer = await talk.ask({ method: 'GET', to: `blobs/${digest}`, maxBytes: limits.bundleBytes })
  if (answer.status !== 200) throw odd(image, `blobs/${digest}`, answer)
  check(answer.body, digest, image)
  if (answer.body.length !== size)
    throw wrong(image, `${digest} has ${answer.body.length} bytes, announced were ${size}`)
  return answer.body
}

/** Null for 404, and only then. */
async function ask(talk: Conversation, image: Image, to: string): Promise<HttpAnswer | null> {
  const answer = await talk.ask({ method: 'GET', to, headers: { accept }, maxBytes: limits.manifestBytes })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw odd(image, to, answer)
  return answer
}

function check(bytes: Uint8Array, digest: Digest, image: Image): void {
  const found = digestOf(bytes)
  if (found !== digest) throw wrong(image, `asked for ${digest}, it answered bytes of ${found}`)
}

function wrong({ registry, name }: Image, why: string): Refusal {
  return new Refusal('unprocessable', `${registry} is not to be trusted with ${name}: ${why}`, {
    reason: 'image.digest',
  })
}

/** An answer that no rule of the protocol expects here: nothing of it is shown. */
export function odd({ registry, name }: Image, what: string, answer: HttpAnswer): Refusal {
  const code = isOutage(answer) ? 'unavailable' : 'unprocessable'
  return new Refusal(code, `${registry} answered ${answer.status} for ${what} of ${name}`, {
    reason: 'registry.answer',
  })
}
