import type { Before } from '../core/page.ts'
import { sql, type Sql } from './sql.ts'

/** The end of a query that lists newest first: what comes after that place, at most so many. */
export function page(at: Sql, id: Sql, { before, limit }: { before: Before | undefined; limit: number }): Sql {
  const after = before ? sql`and (${at}, ${id}) < (${before.at}, ${before.id})` : sql``
  return sql`${after} order by ${at} desc, ${id} desc limit ${limit}`
}
