import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'

/** What a job can make of its files, as opposed to what a broken disk says. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'])

/**
 * Gives a file below a folder to `use`, by a path that cannot lead anywhere else: each folder on the way is opened from
 * the one before without following links (A17). Null when something on the way is missing, closed or a link, or `use`
 * finds it so; the last part is for `use` to open without following.
 */
export async function withFileInside<Result>(
  folder: string,
  path: string,
  use: (safePath: string) => Promise<Result>,
): Promise<Result | null> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const name = parts.pop()
  if (name === undefined || name === '..' || parts.includes('..')) return null
  return orNull(async () => {
    let here = await openFolder(folder)
    try {
      for (const part of parts) {
        const next = await openFolder(inside(here, part))
        await here.close()
        here = next
      }
      return await use(inside(here, name))
    } finally {
      await here.close()
    }
  })
}

/** The names in a folder below another, found as safely; none when there is no such folder. */
export async function namesInside(folder: string, path: string): Promise<string[]> {
  const names = await withFileInside(folder, path, async (place) => {
    await using found = await openFolder(place)
    return await readdir(`/proc/self/fd/${found.fd}`)
  })
  return names ?? []
}

function inside({ fd }: FileHandle, name: string): string {
  return `/proc/self/fd/${fd}/${name}`
}

async function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

async function orNull<Result>(find: () => Promise<Result>): Promise<Result | null> {
  try {
    return await find()
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
