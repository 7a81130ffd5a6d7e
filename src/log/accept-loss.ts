import { rm } from 'node:fs/promises'
import type pg from 'pg'
import type { NewEntry } from '../core/entry.ts'
import { readLogLoss } from '../core/log-loss.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere } from '../files/durable-file.ts'
import { readHead } from './head.ts'
import type { LogKey } from './key.ts'
import type { SeenHead } from './seen-head.ts'

/** What it takes to go on with a log that lost its end. */
export interface LossParts {
  /** Where `lockflight audit accept-loss` leaves what was decided. */
  file: string
  pool: pg.Pool
  key: LogKey
  seen: SeenHead
  log(entry: NewEntry): Promise<void>
}

/**
 * Lets the log go on from where the database has it, when someone has said in writing that what came after is lost; an
 * entry then says so. Does nothing when nobody has, and refuses when what they gave up is not what is remembered.
 */
export async function acceptLoss({ file, pool, key, seen, log }: LossParts): Promise<void> {
  const text = await readIfThere(file)
  if (text === null) return
  const { by, reason, ...lost } = readLogLoss(text, file)
  const remembered = seen.newest()
  if (remembered?.size !== lost.size || Buffer.from(remembered.root).toString('base64') !== lost.root) {
    throw new Refusal(
      'conflict',
      `${file} gives up a checkpoint of ${lost.size} entries, but this server remembers ${remembered ? `one of ${remembered.size}` : 'none'}; remove that file, and decide again if the log still cannot be extended`,
      { reason: 'log_inconsistent' },
    )
  }
  const { checkpoint } = await readHead(pool, key)
  const kept = { size: checkpoint?.size ?? 0, root: checkpoint && Buffer.from(checkpoint.root).toString('base64') }
  await log({ type: 'log.loss-accepted', actor: by, subject: key.name, data: { lost, kept, reason } })
  seen.see(checkpoint)
  await seen.settle()
  await rm(file)
}
