import { z } from 'zod'
import { digest, type Digest } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import { parseStrictJson } from '../core/strict-json.ts'

/** Media types of OCI Image 1.1, and of Docker's registry before it. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
} as const

const manifestTypes: string[] = [mediaTypes.manifest, 'application/vnd.docker.distribution.manifest.v2+json']
const indexTypes: string[] = [mediaTypes.index, 'application/vnd.docker.distribution.manifest.list.v2+json']

/** What may be imported as an image, and what to ask for. */
export const imageTypes = [...manifestTypes, ...indexTypes]

/** The most that one manifest may take, as OCI Distribution advises, and the most that one bundle may. */
export const limits = {
  manifestBytes: 4 * 1024 * 1024,
  bundleBytes: 16 * 1024 * 1024,
  /** Descriptors in one index, layers in one manifest. */
  entries: 1000,
  /** Bundles and signatures of one image. */
  attached: 200,
} as const

/** One more manifest or blob, by digest; fields that others add are theirs. */
export const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.int().min(0),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type Descriptor = z.output<typeof descriptor>

const descriptors = z.array(descriptor).max(limits.entries)

/** A manifest with layers, such as a signature's. */
export const layered = z.object({
  schemaVersion: z.literal(2),
  artifactType: z.string().optional(),
  config: descriptor.optional(),
  layers: descriptors,
  subject: descriptor.optional(),
})

/** An index: of the platforms of an image, or of its referrers. */
export const index = z.object({
  schemaVersion: z.literal(2),
  manifests: descriptors,
})

/** The media type of an image's manifest or index; refuses what is neither. */
export function typeOfImage(bytes: Uint8Array, told: string, of: string): string {
  const { mediaType = told } = readAs(z.object({ mediaType: z.string().optional() }), bytes, of)
  if (indexTypes.includes(mediaType)) readAs(index, bytes, of)
  else if (manifestTypes.includes(mediaType)) readAs(layered, bytes, of)
  else throw malformed(of, `expected an image of OCI or Docker (schema 2), found ${mediaType || 'no media type'}`)
  return mediaType
}

/** Reads strictly what came from a registry; refuses with `unprocessable`. */
export function readAs<T>(schema: z.ZodType<T>, bytes: Uint8Array, of: string): T {
  let json: unknown
  try {
    json = parseStrictJson(bytes, { maxBytes: limits.manifestBytes, maxDepth: 32 })
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    throw malformed(of, cause.message, cause)
  }
  const read = schema.safeParse(json)
  if (read.success) return read.data
  throw malformed(of, z.prettifyError(read.error))
}

function malformed(of: string, why: string, cause?: unknown): Refusal {
  return new Refusal('unprocessable', `${of}: ${why}`, { reason: 'registry.malformed', cause })
}

/** A digest as Lockflight has them; null for another algorithm. */
export function sha256Of(text: string): Digest | null {
  return digest.safeParse(text).data ?? null
}
