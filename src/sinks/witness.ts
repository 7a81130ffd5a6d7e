import { addCheckpointPath, readKnownSize, sizeType, writeAddCheckpoint } from '../core/add-checkpoint.ts'
import type { SignedCheckpoint } from '../core/checkpoint.ts'
import type { CheckpointSink, LogHistory } from '../core/checkpoint-sink.ts'
import { cosignatureOf } from '../core/cosignature.ts'
import type { HttpAnswer, HttpRequest } from '../core/http-request.ts'
import { vkeyOf, type VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { forked, shrunk } from './refuse-fork.ts'

/** A witness as its operator gave it out. */
export interface WitnessAddress {
  /** Where it answers, without `/add-checkpoint`. */
  url: string
  key: VerifierKey
}

/** At most this often is a witness asked that says each time that it has seen something else meanwhile. */
const mostTries = 4

/** A witness (C2SP tlog-witness): it gets the newest checkpoint, and its cosignature is verified and kept with it. */
export function witnessSink(
  { url, key }: WitnessAddress,
  http: (request: HttpRequest) => Promise<HttpAnswer>,
): CheckpointSink {
  const name = `witness ${key.name}`
  const vkey = vkeyOf(key, 'cosignature')

  async function ask({ size, note }: SignedCheckpoint, oldSize: number, log: LogHistory): Promise<HttpAnswer> {
    const proof = oldSize === 0 || oldSize === size ? [] : await log.prove(oldSize, size)
    return http({
      method: 'POST',
      url: `${url}${addCheckpointPath}`,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: writeAddCheckpoint({ oldSize, proof, note: withoutCosignatures(note) }),
      timeoutSeconds: 10,
      maxBytes: 65_536,
    })
  }

  async function keep({ size, note }: SignedCheckpoint, answer: HttpAnswer, log: LogHistory): Promise<void> {
    const cosignature = cosignatureOf(withoutCosignatures(note) + Buffer.from(answer.body).toString(), key)
    if (!cosignature) throw new Refusal('unavailable', `${name} answered without a cosignature of its key ${vkey}`)
    await log.addCosignature({ size, witness: vkey, line: cosignature.line })
  }

  return {
    name,
    ignoresCosignatures: true,
    async deliver(given, log) {
      let checkpoint = given
      let oldSize = Math.min(await log.cosignedBy(vkey), checkpoint.size)
      for (let tries = 0; tries < mostTries; tries++) {
        const answer = await ask(checkpoint, oldSize, log)
        if (answer.status === 200) return keep(checkpoint, answer, log)
        const known = knownSize(answer)
        if (known === null || known === oldSize) throw refusalOf(name, answer.status, checkpoint.size)
        if (known > checkpoint.size) checkpoint = (await log.newest()) ?? checkpoint
        if (known > checkpoint.size) throw shrunk(name, known, checkpoint.size)
        oldSize = known
      }
      throw new Refusal('unavailable', `${name} has seen another size each time it was asked`)
    },
  }
}

function knownSize({ status, type, body }: HttpAnswer): number | null {
  return status === 409 && type === sizeType ? readKnownSize(Buffer.from(body).toString()) : null
}

/** The proof was made from the log, so that a witness which does not find it right has seen another log. */
function refusalOf(name: string, status: number, size: number): Refusal {
  if (status === 409) return forked(name, `another root of ${size} entries`)
  if (status === 422) return forked(name, 'a log that this one does not go on from')
  const remedies: Record<number, string> = {
    403: 'it knows another key of this log: give it the one that `lockflight audit key` shows',
    404: 'it does not know this log, or does not answer at this address: give it the key that `lockflight audit key` shows',
  }
  return new Refusal('unavailable', `${name} answered ${status}${remedies[status] ? `; ${remedies[status]}` : ''}`)
}

/** The note as the log alone signed it: a witness has no use for the cosignatures of others. */
function withoutCosignatures(note: string): string {
  const end = note.indexOf('\n', note.indexOf('\n\n') + 2)
  return note.slice(0, end + 1)
}
