import { z } from 'zod'
import type { Digest } from './digest.ts'
import { registryHost, type Image } from './image.ts'
import { variableName } from './names.ts'

/** The registries that a project may ask, by host: nothing is asked of any other. */
export const registries = z
  .record(
    registryHost,
    z
      .strictObject({
        username: z
          .string()
          .regex(/^[\x21-\x39\x3b-\x7e]{1,255}$/, 'expected a name without blanks and colons')
          .optional()
          .describe('Who asks; nobody in particular when absent'),
        password: variableName.optional().describe('The name of the secret of this project that is the password'),
        'token-server': registryHost
          .optional()
          .describe(
            'The other host that gives tokens for it, and gets name and password; its own host needs no mention',
          ),
        storage: z
          .array(registryHost)
          .max(10)
          .default([])
          .describe('Other hosts that it may send to for the bytes themselves; they get neither name nor password'),
        attach: z
          .boolean()
          .default(false)
          .describe('Whether the signed summary of each promotion that succeeds is put beside the image there'),
      })
      .refine(({ username, password }) => (username === undefined) === (password === undefined), {
        error: 'expected username and password, or neither',
      }),
  )
  .describe('Container registries that images are imported from')
export type RegistrySettings = z.output<typeof registries>[string]

/** One registry as it may be asked now. */
export interface RegistryAccess {
  credentials: { username: string; password: string } | null
  /** See `token-server`. */
  tokenServer: string | null
  storage: string[]
}

/** What a registry keeps beside an image; nobody has read it. */
export type Attached = { from: Digest } & (
  | { kind: 'bundle'; bytes: Uint8Array }
  /** A layer that older versions of cosign made: what was signed, and the rest as annotations. */
  | { kind: 'cosign'; mediaType: string; bytes: Uint8Array; annotations: Record<string, string> }
  /** What cannot be one of these, and why. */
  | { kind: 'unread'; why: string }
)

/** An image as its registry has it. */
export interface FoundImage {
  /** The manifest, or the index of several; its SHA-256 was checked. */
  manifest: Uint8Array
  attached: Attached[]
}

/** How much more may be taken from registries; what is taken is counted off. */
export interface Room {
  bytes: number
}

/** Container registries (OCI Distribution 1.1). Every answer is checked by its digest. */
export interface Registries {
  /** What there is no room for stays unread. Refuses with `not_found`, with `unprocessable` when the registry answers anything else than was asked for or denies it, with `too_large` when it says too much, and with `unavailable` when it does not answer. */
  find(image: Image, access: RegistryAccess, room: Room): Promise<FoundImage>
  /** Puts a bundle beside an image, as its referrer; once more changes nothing. Refuses as `find` does. Answers with the digest of the referrer. */
  attach(image: Image, bundle: AttachedBundle, access: RegistryAccess): Promise<Digest>
}

/** A Sigstore bundle with a statement in it. */
export interface AttachedBundle {
  text: string
  predicateType: string
  createdAt: Date
}
