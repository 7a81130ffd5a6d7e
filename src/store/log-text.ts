import type { LogChunk, LogText } from '../core/log-text.ts'
import { sql, type Session } from './sql.ts'

/** What jobs and deployments print, in the tables `log_stream` and `log_text`. */
export function logText({ many, write }: Session): LogText {
  return {
    async append(stream, pieces) {
      if (pieces.length === 0) return
      // The stream's row hands out the numbers, so that two writers can neither share one nor leave a gap.
      write(sql`
        with grown as (
          insert into log_stream (name, length) values (${stream}, ${pieces.length})
          on conflict (name) do update set length = log_stream.length + excluded.length
          returning name, length - ${pieces.length} as start
        )
        insert into log_text (stream, sequence, at, text)
        select grown.name, grown.start + piece.position - 1, piece.at, piece.text
        from grown, unnest(
          ${pieces.map(({ at }) => at)}::timestamptz[],
          ${pieces.map(({ text }) => Buffer.from(text))}::bytea[]
        ) with ordinality as piece (at, text, position)`)
    },
    async read(stream, { from, limit }) {
      const rows = await many<Omit<LogChunk, 'text'> & { text: Buffer }>(sql`
        select sequence, at, text from log_text
        where stream = ${stream} and sequence >= ${from} order by sequence limit ${limit}`)
      return rows.map((row) => ({ ...row, text: row.text.toString() }))
    },
  }
}
