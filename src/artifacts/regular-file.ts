import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'

/** Opens a regular file for reading and nothing else: a symbolic link, FIFO, device, socket or folder is refused without being followed or waited for (A17). */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      // What O_NOFOLLOW says of a symbolic link, and open(2) of a socket.
      throw error.code === 'ELOOP' || error.code === 'ENXIO' ? notRegular(file) : error
    },
  )
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw notRegular(file)
}

function notRegular(file: string): Refusal {
  return new Refusal('unprocessable', `${file}: expected a regular file, found a link, folder, device or pipe`, {
    reason: 'not_a_file',
  })
}
