import { stat } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'

/** Refuses a file that is not there, or that others than its owner may write: whoever can decides what is signed, or where a token goes. */
export async function refuseWritable(path: string): Promise<void> {
  const { mode } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal('unavailable', `cannot read ${path}, which LOCKFLIGHT_SIGNER needs: ${error.message}`)
  })
  if ((mode & 0o022) === 0) return
  const found = `mode 0${(mode & 0o777).toString(8)}; run: chmod go-w ${path}`
  throw new Refusal('unavailable', `expected ${path} to be a file only its owner may write, found ${found}`, {
    reason: 'signer_unsafe',
  })
}
