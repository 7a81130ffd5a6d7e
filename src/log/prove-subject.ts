import type { SubjectProof } from '../core/entry.ts'
import { newestCheckpoint, newestCosigned } from './cosigned.ts'
import type { Database } from './database.ts'
import { inclusionProofs } from './proofs.ts'

interface Row {
  index: number
  environment: string | null
  body: string
}

/** Proves all that the log says of one subject as far as its newest checkpoint, under a cosigned one where there is one; whoever gets it checks the signatures. */
export async function proveSubject(
  database: Database,
  { project, subject }: { project: string; subject: string },
): Promise<SubjectProof | null> {
  const newest = await newestCheckpoint(database)
  if (!newest) return null
  const { rows } = await database.query<Row>(
    `select index, environment, body from log_entry
     where subject = $1 and project = $2 and index < $3 order by index`,
    [subject, project, newest.size],
  )
  const last = rows.at(-1)
  if (!rows[0] || !last) return null
  // One that witnesses have cosigned says more, as long as it is about all of them.
  const head = (await newestCosigned(database, last.index)) ?? newest
  const indexes = rows.map(({ index }) => index)
  const proofs = await inclusionProofs(database, indexes, head.size)
  return {
    environment: rows[0].environment,
    checkpoint: head.note,
    entries: rows.map(({ index, body }, at) => ({
      index,
      body,
      proof: (proofs[at] ?? []).map((hash) => Buffer.from(hash).toString('base64')),
    })),
  }
}
