import { userInfo } from 'node:os'
import { actorId } from '../../core/actor.ts'
import { readCheckpointText } from '../../core/checkpoint.ts'
import type { LogLoss } from '../../core/log-loss.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { writePrivateJson } from '../private-file.ts'
import { readText } from '../read-file.ts'

/** Leaves word for the next start of this machine's server that the end of its log is lost; nothing else lets it sign again after that. */
export const acceptLoss = command({
  arguments: { size: { says: 'of the checkpoint you give up, as the server says it' } },
  options: { reason: { value: 'text', says: 'why it is lost; the log will say so', required: true } },
  async run({ home, show }, { size, reason }) {
    const note = readText(home.logHeadFile)
    const seen = note === undefined ? null : readCheckpointText(note.slice(0, note.indexOf('\n\n') + 1))
    if (!seen)
      throw new Refusal('not_found', `${home.logHeadFile} remembers no checkpoint; there is nothing to give up`)
    if (size !== String(seen.size)) {
      throw new Refusal('conflict', `the server here remembers a checkpoint of ${seen.size} entries, not of ${size}`)
    }
    const loss: LogLoss = {
      size: seen.size,
      root: Buffer.from(seen.root).toString('base64'),
      by: actorId(userInfo().username, 'local'),
      reason,
    }
    await writePrivateJson(home.logLossFile, loss)
    show(loss, () => `start the server again: it goes on from where the database has the log, and says so there`)
  },
})
