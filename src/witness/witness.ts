import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { readAddCheckpoint, sizeType } from '../core/add-checkpoint.ts'
import { readCheckpointHead, type Checkpoint } from '../core/checkpoint.ts'
import { cosign } from '../core/cosignature.ts'
import { openNote, parseNote, type VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere, writeAtomic } from '../files/durable-file.ts'
import { consider, type Decision } from './consider.ts'

/** What a witness is made of. */
export interface WitnessParts {
  /** Where it remembers what it cosigned, one file for each log; nobody else may write there. */
  folder: string
  name: string
  privateKey: KeyObject
  /** The keys of the logs it knows; their names are the origins. */
  logs: VerifierKey[]
  /** Whole seconds since 1970. */
  now: () => number
  /** Gets what someone should look at: a log that was refused because it does not continue what was seen of it. */
  report: (message: string) => void
}

/** What goes back over HTTP. */
export interface WitnessAnswer {
  status: number
  type: string
  body: string
}

/** Cosigns checkpoints, never two that contradict each other (C2SP tlog-witness). */
export interface Witness {
  addCheckpoint(body: string): Promise<WitnessAnswer>
}

const mostWaiting = 32

/** A witness over the files of that folder; refuses a file in it that no key of its log has signed. */
export async function openWitness({ folder, name, privateKey, logs, now, report }: WitnessParts): Promise<Witness> {
  const keysOf = Map.groupBy(logs, (key) => key.name)
  const fileOf = (origin: string) => join(folder, `${encodeURIComponent(origin)}.checkpoint`)
  for (const origin of keysOf.keys()) await known(origin)
  let last = Promise.resolve<unknown>(null)
  let waiting = 0

  /** What was cosigned last for that log. The file alone is the memory: what is not in it was never answered. */
  async function known(origin: string): Promise<Checkpoint | null> {
    const note = await readIfThere(fileOf(origin))
    if (note === null) return null
    const checkpoint = readCheckpointHead(parseNote(note)?.text ?? '')
    if (checkpoint?.origin === origin && isSigned(note, keysOf.get(origin) ?? [])) return checkpoint
    throw new Refusal(
      'unavailable',
      `${fileOf(origin)} is not a checkpoint that ${origin} has signed with a key given here`,
    )
  }

  /** One at a time: what was seen last is read, and replaced, before the next one is looked at. */
  async function inTurn(work: () => Promise<WitnessAnswer>): Promise<WitnessAnswer> {
    if (waiting >= mostWaiting) return plain(503, 'too many checkpoints at once; try again')
    waiting += 1
    const turn = last.then(work, work)
    last = turn
    return turn.finally(() => (waiting -= 1))
  }

  return {
    async addCheckpoint(body) {
      const request = readAddCheckpoint(body)
      const text = parseNote(request?.note ?? '')?.text ?? ''
      const checkpoint = readCheckpointHead(text)
      if (!request || !checkpoint) return plain(400, 'expected an old size, a proof, an empty line and a checkpoint')
      const { origin, size } = checkpoint
      const keys = keysOf.get(origin)
      if (!keys) return plain(404, 'this log is not known here')
      if (!isSigned(request.note, keys)) return plain(403, 'no key known here for this log has signed that')
      return inTurn(async () => {
        const decision = consider(await known(origin), request, checkpoint)
        if (decision.outcome !== 'cosign') {
          if (isAlarming(decision)) report(`refused to cosign ${size} entries of ${origin}: ${decision.outcome}`)
          return refusalOf(decision)
        }
        if (decision.isNew) await writeAtomic(fileOf(origin), request.note)
        return plain(200, cosign(text, name, { privateKey, time: now() }))
      })
    },
  }
}

function isSigned(note: string, keys: VerifierKey[]): boolean {
  return keys.some((key) => 'text' in openNote(note, key))
}

function isAlarming({ outcome }: Decision): boolean {
  return outcome === 'fork' || outcome === 'unproven'
}

function refusalOf(decision: Exclude<Decision, { outcome: 'cosign' }>): WitnessAnswer {
  switch (decision.outcome) {
    case 'backwards':
      return plain(400, 'the old size is larger than the checkpoint')
    case 'elsewhere':
      return { status: 409, type: sizeType, body: `${decision.known}\n` }
    case 'fork':
      return plain(409, 'another root was cosigned for this size')
    case 'unproven':
      return plain(422, 'the proof does not lead from what was cosigned last to this checkpoint')
  }
}

function plain(status: number, text: string): WitnessAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: text.endsWith('\n') ? text : `${text}\n` }
}
