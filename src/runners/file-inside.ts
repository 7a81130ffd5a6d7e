import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/**
 * Gives a file below a folder to `use`, by a path that cannot lead anywhere else: each folder on the way is opened from
 * the one before without following links (A17). Null when there is no such file or something on the way is a link;
 * the last part is for `use` to open without following.
 */
export async function withFileInside<Result>(
  folder: string,
  path: string,
  use: (safePath: string) => Promise<Result>,
): Promise<Result | null> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const name = parts.pop()
  if (name === undefined || name === '..' || parts.includes('..')) return null
  let here = await openFolder(folder)
  try {
    for (const part of parts) {
      const next = here && (await openFolder(`/proc/self/fd/${here.fd}/${part}`))
      await here?.close()
      here = next
    }
    return here && (await use(`/proc/self/fd/${here.fd}/${name}`))
  } finally {
    await here?.close()
  }
}

async function openFolder(path: string): Promise<FileHandle | null> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code ?? '')) return null
      throw error
    },
  )
}
