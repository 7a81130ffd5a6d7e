import { digestOf, type Digest } from '../core/digest.ts'
import type { Image } from '../core/image.ts'
import { Refusal } from '../core/refusal.ts'
import type { AttachedBundle } from '../core/registry.ts'
import type { Conversation } from './conversation.ts'
import { fetchManifest, odd } from './fetch.ts'
import { mediaTypes, typeOfImage, type Descriptor } from './manifest.ts'
import { tagged, tagOf } from './referrers.ts'

/** Puts a bundle beside an image as cosign 3 and GitHub do: an empty artifact that holds it and refers to the image. The same once more is the same artifact. */
export async function attachBundle(talk: Conversation, image: Image, bundle: AttachedBundle): Promise<Digest> {
  const subject = await describe(talk, image)
  await putBlob(talk, image, '{}')
  await putBlob(talk, image, bundle.text)
  const { text, entry } = artifactOf(subject, bundle)
  const knows = await putManifest(talk, image, { reference: entry.digest, type: mediaTypes.manifest, text })
  if (!knows) await listUnderTag(talk, image, entry)
  return entry.digest
}

type Named = Descriptor & { digest: Digest }

async function describe(talk: Conversation, image: Image): Promise<Named> {
  const { body, type } = await fetchManifest(talk, image)
  const mediaType = typeOfImage(body, type, `the manifest of ${image.name}`)
  return { mediaType, digest: image.digest, size: body.length }
}

function artifactOf(subject: Named, { text: bundle, predicateType, createdAt }: AttachedBundle) {
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
    'org.opencontainers.image.created': createdAt.toISOString(),
  }
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.bundle,
    config: blob(mediaTypes.empty, '{}'),
    layers: [blob(mediaTypes.bundle, bundle)],
    subject,
    annotations,
  })
  const entry: Named = { ...blob(mediaTypes.manifest, text), artifactType: mediaTypes.bundle, annotations }
  return { text, entry }
}

function blob(mediaType: string, text: string): Named {
  return { mediaType, digest: digestOf(text), size: Buffer.byteLength(text) }
}

const mostBytes = 64 * 1024

/** In one piece (OCI Distribution 1.1, "POST then PUT"), unless it is there. */
async function putBlob(talk: Conversation, image: Image, text: string): Promise<void> {
  const digest = digestOf(text)
  const there = await talk.ask({ method: 'HEAD', to: `blobs/${digest}`, maxBytes: mostBytes })
  // It may say where else the bytes are.
  if (there.status < 400) return
  if (there.status !== 404) throw odd(image, `blobs/${digest}`, there)
  const opened = await talk.ask({ method: 'POST', to: 'blobs/uploads/', body: '', maxBytes: mostBytes })
  if (opened.status !== 202) throw odd(image, 'blobs/uploads/', opened)
  const headers = { 'content-type': 'application/octet-stream' }
  const to = uploadAt(opened.headers['location'] ?? '', image, digest)
  const done = await talk.ask({ method: 'PUT', to, headers, body: text, maxBytes: mostBytes })
  if (done.status !== 201) throw odd(image, `blobs/${digest}`, done)
}

/** Where the registry wants the bytes: below its own `/v2/<name>/` only, as they go there with credentials. */
function uploadAt(location: string, { registry, name }: Image, digest: Digest): string {
  const path = `/v2/${name}/`
  const url = URL.canParse(location, `https://${registry}`) ? new URL(location, `https://${registry}`) : null
  if (url?.host !== registry || !url.pathname.startsWith(path) || url.hash !== '') {
    throw new Refusal('unprocessable', `${registry} wants an upload of ${name} somewhere else than with itself`, {
      reason: 'registry.redirect',
    })
  }
  url.searchParams.set('digest', digest)
  return `${url.pathname.slice(path.length)}${url.search}`
}

/** True when the registry lists it as a referrer by itself. */
async function putManifest(
  talk: Conversation,
  image: Image,
  { reference, type, text }: { reference: string; type: string; text: string },
): Promise<boolean> {
  const to = `manifests/${reference}`
  const headers = { 'content-type': type }
  const answer = await talk.ask({ method: 'PUT', to, headers, body: text, maxBytes: mostBytes })
  if (answer.status !== 201) throw odd(image, to, answer)
  return answer.headers['oci-subject'] !== undefined
}

const mostTries = 5

/** Two who do this at once overwrite each other, so whoever finds its own entry gone adds it again. */
async function listUnderTag(talk: Conversation, image: Image, entry: Named): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const manifests = await tagged(talk, image)
    if (manifests.some(({ digest }) => digest === entry.digest)) return
    const text = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...manifests, entry] })
    await putManifest(talk, image, { reference: tagOf(image), type: mediaTypes.index, text })
  }
  throw new Refusal('unavailable', `others keep changing the tag ${tagOf(image)} of ${image.name}`, {
    reason: 'registry.contended',
  })
}
