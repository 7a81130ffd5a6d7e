import type { Digest } from '../core/digest.ts'
import { digestsText, isOf } from '../core/digest-set.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'
import { imageText, readImage, type Image } from '../core/image.ts'
import { artifactName } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import type { Attached, Room } from '../core/registry.ts'
import type { Artifact } from '../core/release.ts'
import { bundlesIn, type ReadBundle } from '../trust/bundles-in.ts'
import { bundleOfLayer } from '../trust/cosign-layer.ts'
import type { App } from './app.ts'
import { registryAccess } from './registry-access.ts'

/** What was attached to an image and says nothing about it that could be judged. */
export interface Ignored {
  /** Of the bytes in the registry. */
  digest: Digest
  reason: Disbelief
  detail: string
}

/** Images as parts of a release, with what is signed about them. */
export interface FoundImages {
  artifacts: Artifact[]
  bundles: ReadBundle[]
  ignored: Ignored[]
}

/** What may be attached to all images of one release together: as much as may be handed in. */
const mostBytes = 32 * 1024 * 1024

/**
 * Asks the registries of images for what they are and what is attached to them, and keeps their manifests. Whoever may push can
 * attach anything, so what is unreadable or about something else is left out and told. Refuses as `Registries.find` does.
 */
export async function findImages(app: App, project: string, references: string[]): Promise<FoundImages> {
  const room = { bytes: mostBytes }
  const images: Awaited<ReturnType<typeof findImage>>[] = []
  // One after the other: together they may not take more memory than one.
  for (const one of references) images.push(await findImage(app, { project, image: readImage(one), room }))
  return {
    artifacts: images.map(({ artifact }) => artifact),
    bundles: images.flatMap(({ bundles }) => bundles),
    ignored: images.flatMap(({ ignored }) => ignored),
  }
}

async function findImage(app: App, { project, image, room }: { project: string; image: Image; room: Room }) {
  const { registry, name, digest } = image
  const artifact = { name: nameOf(image), digest, image: `${registry}/${name}` }
  const access = await registryAccess(app, project, registry)
  const { manifest, attached } = await app.registries.find(image, access, room)
  const { sizeBytes } = await app.artifacts.putBytes(manifest)
  const bundles: ReadBundle[] = []
  const ignored: Ignored[] = []
  for (const one of attached) {
    try {
      bundles.push(...bundlesOf(one, digest))
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      ignored.push({ digest: one.from, reason: error.reason, detail: oneLine(error.message, 500) })
    }
  }
  return { artifact: { ...artifact, sizeBytes }, bundles, ignored }
}

/** The last part of its path: what people call it, and a plain file name. */
function nameOf(image: Image): string {
  const name = image.name.slice(image.name.lastIndexOf('/') + 1)
  if (artifactName.safeParse(name).success) return name
  throw new Refusal('invalid', `expected an image with a shorter name, found ${imageText(image)}`)
}

function bundlesOf(attached: Attached, image: Digest): ReadBundle[] {
  const bundles = readAttached(attached)
  const stranger = bundles.find(({ about }) => !about.some((named) => isOf(named, { digest: image })))
  if (!stranger) return bundles
  const found = digestsText(stranger.about)
  throw new Disbelieved('provenance.subject', `expected a bundle about ${image}, found one about ${found}`)
}

function readAttached(attached: Attached): ReadBundle[] {
  switch (attached.kind) {
    case 'bundle':
      return bundlesIn(text(attached.bytes))
    case 'cosign':
      return bundlesIn(JSON.stringify(bundleOfLayer(attached)))
    case 'unread':
      throw new Disbelieved('bundle.malformed', attached.why)
  }
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new Disbelieved('bundle.malformed', 'expected JSON in UTF-8, found other bytes', error)
  }
}
