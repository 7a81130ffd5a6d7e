import type { Digest } from '../core/digest.ts'
import type { Image } from '../core/image.ts'
import { Refusal } from '../core/refusal.ts'
import type { Attached, FoundImage, Room } from '../core/registry.ts'
import type { Conversation } from './conversation.ts'
import { fetchBlob, fetchManifest, fetchTag } from './fetch.ts'
import { layered, limits, readAs, sha256Of, typeOfImage, type Descriptor } from './manifest.ts'
import { referrersOf, tagOf } from './referrers.ts'

/** The image and everything signed that is attached to it: as referrers, and under the tags of older versions of cosign. */
export async function findImage(talk: Conversation, image: Image, room: Room): Promise<FoundImage> {
  const { body: manifest, type } = await fetchManifest(talk, image)
  typeOfImage(manifest, type, `the manifest of ${image.name}`)
  const layers = [...(await layersOfReferrers(talk, image)), ...(await layersOfTags(talk, image))]
  if (layers.length > limits.attached) {
    const most = `expected at most ${limits.attached} signatures of ${image.name}`
    throw new Refusal('too_large', `${most}, found ${layers.length} in ${image.registry}`)
  }
  const attached: Attached[] = []
  for (const layer of layers) {
    attached.push(await fetchLayer(talk, image, layer, room))
  }
  return { manifest, attached }
}

interface Layer extends Omit<Descriptor, 'digest'> {
  digest: Digest
  kind: 'bundle' | 'cosign'
}

const isBundle = (type: string | undefined) => type?.startsWith('application/vnd.dev.sigstore.bundle') ?? false

async function layersOfReferrers(talk: Conversation, image: Image): Promise<Layer[]> {
  const found: Layer[] = []
  for (const { artifactType, digest } of await referrersOf(talk, image)) {
    const named = sha256Of(digest)
    if (!isBundle(artifactType) || named === null) continue
    if (found.length > limits.attached) break
    const { body } = await fetchManifest(talk, image, named)
    const { layers, subject } = readAs(layered, body, `the referrer ${digest}`)
    // An index may name anything; only what says so itself is about this image.
    if (subject?.digest === image.digest) found.push(...layers.flatMap((one) => asLayer(one, 'bundle')))
  }
  return found
}

const cosignTypes = new Set([
  'application/vnd.dev.cosign.simplesigning.v1+json',
  'application/vnd.dsse.envelope.v1+json',
])

async function layersOfTags(talk: Conversation, image: Image): Promise<Layer[]> {
  const found: Layer[] = []
  for (const ending of ['.sig', '.att']) {
    const tag = `${tagOf(image)}${ending}`
    const bytes = await fetchTag(talk, image, tag)
    if (!bytes) continue
    const { layers } = readAs(layered, bytes, `the tag ${tag}`)
    found.push(...layers.filter((one) => cosignTypes.has(one.mediaType)).flatMap((one) => asLayer(one, 'cosign')))
  }
  return found
}

function asLayer({ digest, ...layer }: Descriptor, kind: Layer['kind']): Layer[] {
  const named = sha256Of(digest)
  return named === null ? [] : [{ ...layer, digest: named, kind }]
}

async function fetchLayer(talk: Conversation, image: Image, layer: Layer, room: Room): Promise<Attached> {
  const { digest: from, size, kind, mediaType, annotations = {} } = layer
  const most = Math.min(limits.bundleBytes, room.bytes)
  if (size > most) return { kind: 'unread', from, why: `expected at most ${most} bytes, found ${size}` }
  room.bytes -= size
  const bytes = await fetchBlob(talk, image, { digest: from, size })
  return kind === 'bundle' ? { kind, from, bytes } : { kind, from, mediaType, bytes, annotations }
}
