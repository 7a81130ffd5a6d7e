import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { oneWayChange } from '../core/one-way.ts'
import { time } from './wire.ts'

/** Bytes known by digest. */
export const artifact = z.object({
  name: z.string(),
  digest,
  sizeBytes: z.int(),
  sha512: z.string().exactOptional().describe('What npm signs; only of files that were handed in'),
  image: z.string().exactOptional().describe('Where it is as a container image, of which the digest is'),
})

/** Where something was built from. */
export const source = z.object({ repository: z.string(), commit: z.string(), branch: z.string().nullable() })

/** A release as the API shows it; its digest is its name. */
export const release = z.object({
  digest,
  project: z.string(),
  version: z.string(),
  source,
  artifacts: z.array(artifact),
  configurationDigest: digest.nullable().describe('Null when another CI has built it'),
  oneWay: z.array(oneWayChange).exactOptional().describe('What no rollback across it can undo'),
  run: z.string().nullable(),
  author: z.string().nullable(),
  committedAt: time.nullable(),
  createdAt: time,
})
