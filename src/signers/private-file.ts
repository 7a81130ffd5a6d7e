import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal } from '../core/refusal.ts'

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
  return (await readPrivateFile(path)) ?? (await create(path, make()), await readAgain(path))
}

/** Puts other bytes in the place of a private file in one step, which outlasts a crash. */
export async function replacePrivateFile(path: string, { bytes, createdAt }: PrivateFile): Promise<void> {
  const draft = await writeDraft(path, { bytes, createdAt })
  await rename(draft, path)
  await syncFolder(dirname(path))
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
      throw unsafe(path, `mode 0${permissions.toString(8)}; make it 0600, or replace the key`)
    return { bytes: await file.readFile(), createdAt: mtime }
  } finally {
    await file.close()
  }
}

async function readAgain(path: string): Promise<PrivateFile> {
  const found = await readPrivateFile(path)
  if (!found) throw new Error(`${path} was removed while it was made`)
  return found
}

async function create(path: string, made: PrivateFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = await writeDraft(path, made)
  try {
    // A link fails when the name is taken, so a key that is in use is never replaced.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(path))
}

async function writeDraft(path: string, { bytes, createdAt }: PrivateFile): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.utimes(createdAt, createdAt)
    await file.sync()
  } finally {
    await file.close()
  }
  return draft
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function unsafe(path: string, found: string): Refusal {
  return new Refusal('unavailable', `expected ${path} to be a file only its owner may read, found ${found}`, {
    reason: 'key_file_unsafe',
  })
}
