import { Refusal } from '../core/refusal.ts'

const full = /\bENOSPC\b|\bEDQUOT\b|No space left on device|Disk quota exceeded/

/** Does what writes into a folder; a disk that is full, told by whatever program met it, is refused with the folder's name. */
export async function withRoom<Result>(folder: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (cause) {
    if (!(cause instanceof Error) || !full.test(cause.message)) throw cause
    throw new Refusal('unavailable', `no room for jobs in ${folder}: make room there and run again`, {
      reason: 'storage_unavailable',
      cause,
    })
  }
}
