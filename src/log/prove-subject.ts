import type { SubjectProof } from '../core/entry.ts'
import type { Database } from './database.ts'
import { inclusionProofs } from './proofs.ts'

interface Row {
  index: number
  environment: string | null
  body: string
}

/** Proves all that the log says of one subject as far as its newest checkpoint; whoever gets it checks the signature. */
export async function proveSubject(
  database: Database,
  { project, subject }: { project: string; subject: string },
): Promise<SubjectProof | null> {
  const newest = await database.query<{ size: number; note: string }>(
    'select size, note from log_checkpoint order by size desc limit 1',
  )
  const [head] = newest.rows
  if (!head) return null
  const { rows } = await database.query<Row>(
    `select index, environment, body from log_entry
     where subject = $1 and project = $2 and index < $3 order by index`,
    [subject, project, head.size],
  )
  if (!rows[0]) return null
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
