import { hashSize, type Hash } from './merkle.ts'
import { bytesOf } from './note.ts'

/** What a log asks a witness: to cosign this checkpoint, which continues the one of that size (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  oldSize: number
  proof: Hash[]
  /** The signed checkpoint. */
  note: string
}

/** Where a witness takes checkpoints, below its address. */
export const addCheckpointPath = '/add-checkpoint'

/** The type of an answer that only says which size the witness has seen. */
export const sizeType = 'text/x.tlog.size'

const mostHashes = 63

/** The body of such a request. */
export function writeAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return [`old ${oldSize}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', note].join('\n')
}

/** Reads such a body; null for what does not have its form. The note in it is not looked at. */
export function readAddCheckpoint(body: string): AddCheckpoint | null {
  const end = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n')
  const size = /^old (0|[1-9][0-9]{0,15})$/.exec(first)?.[1]
  const proof = lines.map(bytesOf)
  const isProof = proof.length <= mostHashes && proof.every((hash) => hash?.length === hashSize)
  if (size === undefined || !Number.isSafeInteger(Number(size)) || !isProof) return null
  return { oldSize: Number(size), proof: proof as Hash[], note: body.slice(end + 2) }
}

/** The size in an answer of `text/x.tlog.size`; null for any other text. */
export function readKnownSize(body: string): number | null {
  const size = Number(/^(0|[1-9][0-9]{0,15})\n$/.exec(body)?.[1] ?? NaN)
  return Number.isSafeInteger(size) ? size : null
}
