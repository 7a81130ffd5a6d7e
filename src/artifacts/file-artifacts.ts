import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArtifactStore } from '../core/artifacts.ts'
import { digest as digestSchema, type Digest } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import { copyHashed } from './copy-hashed.ts'
import { openRegular } from './regular-file.ts'

/** Where the files go, and how large one may be. */
export interface FileArtifactsOptions {
  /** Absolute; made when it is missing. Nothing else may write into it. */
  folder: string
  /** The largest file it takes; 4 GiB when absent. */
  limitBytes?: number
}

/** Artifacts as files `<folder>/sha256/<first two digits>/<digest>`; a file appears there only after its bytes are complete and on the disk. */
export function createFileArtifacts({ folder, limitBytes = 4 * 1024 ** 3 }: FileArtifactsOptions): ArtifactStore {
  const placeOf = (digest: Digest) => {
    const hex = digestSchema.parse(digest).slice('sha256:'.length)
    return join(folder, 'sha256', hex.slice(0, 2), hex)
  }

  const incoming = join(folder, 'incoming')

  const keep = async (temporary: string, digest: Digest) => {
    const place = placeOf(digest)
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await rename(temporary, place)
    await syncFolder(dirname(place))
  }

  return {
    limitBytes,

    async putStream(bytes, expected) {
      return await writing(folder, async () => {
        await mkdir(incoming, { recursive: true, mode: 0o700 })
        const file = join(incoming, randomUUID())
        await using target = await open(file, 'wx', 0o400)
        try {
          const hash = createHash('sha256')
          let sizeBytes = 0
          for await (const block of bytes) {
            sizeBytes += block.length
            expectAtMost(limitBytes, sizeBytes, 'an upload')
            hash.update(block)
            await writeAll(target, block)
          }
          const digest: Digest = `sha256:${hash.digest('hex')}`
          if (digest !== expected) throw changedOnTheWay(expected, digest)
          await target.sync()
          await keep(file, digest)
          return { digest, sizeBytes }
        } finally {
          await rm(file, { force: true })
        }
      })
    },

    async putBytes(bytes) {
      const file = join(incoming, randomUUID())
      return await writing(folder, async () => {
        await mkdir(incoming, { recursive: true, mode: 0o700 })
        try {
          await writeFile(file, bytes, { flag: 'wx', mode: 0o400 })
          return await this.put(file)
        } finally {
          await rm(file, { force: true })
        }
      })
    },

    async put(file) {
      await using source = await openRegular(file)
      expectAtMost(limitBytes, (await source.stat()).size, file)
      return await writing(folder, async () => {
        await mkdir(incoming, { recursive: true, mode: 0o700 })
        return copyToNew({ source, file: join(incoming, randomUUID()), mode: 0o400 }, async (temporary, copied) => {
          expectAtMost(limitBytes, copied.sizeBytes, file)
          await keep(temporary, copied.digest)
        })
      })
    },

    async copyTo(digest, file) {
      await using source = await openStored(digest, placeOf(digest))
      await writing(dirname(file), () =>
        copyToNew({ source, file: `${file}.${randomUUID()}`, mode: 0o644 }, async (temporary, copied) => {
          expectDigest(digest, copied.digest)
          // A link, unlike a rename, never replaces what is already there.
          await link(temporary, file)
        }),
      )
    },

    async sha512(digest) {
      await using source = await openStored(digest, placeOf(digest))
      const hash = createHash('sha512')
      const copied = await copyHashed(source, async (block) => void hash.update(block))
      expectDigest(digest, copied.digest)
      return hash.digest('hex')
    },

    async read(digest, limit) {
      await using source = await openStored(digest, placeOf(digest))
      const { size } = await source.stat()
      expectAtMost(limit, size, `artifact ${digest}`)
      const bytes = Buffer.alloc(size)
      let end = 0
      const copied = await copyHashed(source, async (block) => {
        bytes.set(block.subarray(0, size - end), end)
        end = Math.min(size, end + block.length)
      })
      expectDigest(digest, copied.digest)
      return bytes
    },
  }
}

async function openStored(digest: Digest, place: string): Promise<FileHandle> {
  return openRegular(place).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Refusal('not_found', `artifact ${digest} is not in the artifact store`) : error
  })
}

/** Copies into a new file and syncs it; `place` then gives it its final name. The temporary name is gone afterwards, whatever happened. */
async function copyToNew(
  { source, file, mode }: { source: FileHandle; file: string; mode: number },
  place: (temporary: string, copied: { digest: Digest; sizeBytes: number }) => Promise<void>,
): Promise<{ digest: Digest; sizeBytes: number }> {
  await using target = await open(file, 'wx', mode)
  try {
    const copied = await copyHashed(source, (block) => writeAll(target, block))
    await target.sync()
    await place(file, copied)
    return copied
  } finally {
    await rm(file, { force: true })
  }
}

async function writeAll(target: FileHandle, block: Uint8Array): Promise<void> {
  for (let start = 0; start < block.length;) start += (await target.write(block, start)).bytesWritten
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

const unwritable = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE'])

/** Turns a folder that cannot be written into an answer people can act on. */
async function writing<Result>(folder: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined || !unwritable.has(code)) throw error
    const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room there' : 'see that it can be written'
    throw new Refusal('unavailable', `cannot store files in ${folder} (${code}): ${remedy} and try again`, {
      reason: 'storage_unavailable',
      cause: error,
    })
  }
}

function expectAtMost(limitBytes: number, sizeBytes: number, what: string): void {
  if (sizeBytes <= limitBytes) return
  throw new Refusal('too_large', `${what}: expected at most ${limitBytes} bytes, found ${sizeBytes}`)
}

function changedOnTheWay(expected: Digest, found: Digest): Refusal {
  return new Refusal('unprocessable', `expected the bytes of ${expected}, found those of ${found}`, {
    reason: 'artifact_digest',
  })
}

function expectDigest(expected: Digest, found: Digest): void {
  if (found === expected) return
  throw new Refusal(
    'unprocessable',
    `artifact ${expected} was changed in the artifact store: its bytes are now ${found}`,
    {
      reason: 'artifact_corrupt',
    },
  )
}
