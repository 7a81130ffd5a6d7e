import { randomUUID } from 'node:crypto'
import { chmod, link, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a file's contents; whoever reads it sees the old or the new, also after a power failure. Only its owner can, unless another mode is given. */
export async function writeAtomic(file: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  await besides(file, text, async (draft) => {
    if (mode !== 0o600) await chmod(draft, mode)
    await rename(draft, file)
  })
}

/** Creates a file with all its contents at once; false when it exists, and then nothing changes. */
export async function writeOnce(file: string, text: string | Uint8Array): Promise<boolean> {
  return besides(file, text, (draft) =>
    link(draft, file).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    ),
  )
}

/** Adds one line at the end and returns when it is on disk; a line torn by an earlier crash stays apart from it. */
export async function appendLine(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+')
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    const torn = size > 0 && last[0] !== 10
    await handle.appendFile(`${torn ? '\n' : ''}${line}\n`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** A file's text; null when there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

/** The same for a JSON file that this installation wrote. */
export async function readJson<T>(file: string): Promise<T | null> {
  const text = await readIfThere(file)
  return text === null ? null : (JSON.parse(text) as T)
}

const mine = randomUUID()
const drafts = new Set<string>()

/** A name that no other process and no other write under way has; the same again at the next try, so that trouble is told in the same words. */
function draftOf(file: string): string {
  for (let number = 0; ; number++) {
    const draft = `${file}.${mine}.${number}`
    if (!drafts.has(draft)) return draft
  }
}

async function besides<T>(file: string, text: string | Uint8Array, place: (draft: string) => Promise<T>): Promise<T> {
  const draft = draftOf(file)
  drafts.add(draft)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    const placed = await place(draft)
    await syncFolder(dirname(file))
    return placed
  } finally {
    // Its name is free only when it is gone.
    await rm(draft, { force: true }).finally(() => drafts.delete(draft))
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
