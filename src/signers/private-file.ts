import { constants } from 'node:fs'
import { mkdir, open, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { writeAtomic, writeOnce } from '../files/durable-file.ts'

/** What a private file holds, and when it was made. */
export interface PrivateFile {
  bytes: Buffer
  createdAt: Date
}

/**
 * Reads a file that only its owner may read; makes it, durably and whole, when it is missing. Of several processes
 * that make it at once one wins and all get its bytes. Refuses with `unavailable` a file that others may read.
 */
export async function privateFile(path: string, make: () => PrivateFile): Promise<PrivateFile> {
  const found = await readPrivateFile(path)
  if (found) return found
  const made = make()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if (await writeOnce(path, made.bytes)) await utimes(path, made.createdAt, made.createdAt)
  const file = await readPrivateFile(path)
  if (file) return file
  throw new Error(`${path} was removed while it was made`)
}

/** Puts other bytes in the place of a private file in one step, which outlasts a crash. */
export async function replacePrivateFile(path: string, { bytes, createdAt }: PrivateFile): Promise<void> {
  await writeAtomic(path, bytes)
  await utimes(path, createdAt, createdAt)
}

/** The file when it is there; refuses one that others may read. */
export async function readPrivateFile(path: string): Promise<PrivateFile | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ELOOP') throw unsafe(path, 'a symbolic link')
    throw error
  })
  if (!file) return undefined
  try {
    const { mode, mtime } = await file.stat()
    const permissions = mode & 0o777
    if ((permissions & 0o077) !== 0)
      throw unsafe(
        path,
        `mode 0${permissions.toString(8)}; make it 0600; when others may have read it, replace what is in it`,
      )
    return { bytes: await file.readFile(), createdAt: mtime }
  } finally {
    await file.close()
  }
}

function unsafe(path: string, found: string): Refusal {
  return new Refusal('unavailable', `expected ${path} to be a file only its owner may read, found ${found}`, {
    reason: 'key_file_unsafe',
  })
}
