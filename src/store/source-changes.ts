import type { ChangedFile, SourceChanges } from '../core/source-change.ts'
import { json, sql, type Session } from './sql.ts'

/** What changed between commits, in the table `source_change`. */
export function sourceChanges({ one, write }: Session): SourceChanges {
  return {
    async find(project, from, to) {
      const row = await one<{ files: ChangedFile[] | null; problem: string | null }>(
        sql`select files, problem from source_change
          where project = ${project} and from_commit = ${from} and to_commit = ${to}`,
      )
      if (!row) return null
      return row.files ? { files: row.files } : { problem: row.problem ?? '' }
    },
    async save(project, { from, to }, change) {
      const files = 'files' in change ? json(change.files) : null
      const problem = 'problem' in change ? change.problem : null
      write(sql`
        insert into source_change (project, from_commit, to_commit, files, problem)
        values (${project}, ${from}, ${to}, ${files}, ${problem})
        on conflict (project, from_commit, to_commit) do update set files = excluded.files, problem = excluded.problem
        where source_change.files is null`)
    },
  }
}
