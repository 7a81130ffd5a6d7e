import type pg from 'pg'

/** Whatever takes a statement: a pool, or one connection inside a transaction. It reads 64-bit integers as numbers. */
export interface Database {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>
}
