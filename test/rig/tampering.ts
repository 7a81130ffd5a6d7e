import type { Pool } from 'pg'
import { checkpointText } from '../../src/core/checkpoint.ts'
import { append, emptyFrontier, leafHash, rootOf } from '../../src/core/merkle.ts'
import type { LogKey } from '../../src/log/key.ts'
import type { StoredTile } from '../../src/log/stored-tile.ts'
import { freshLog } from './log.ts'

/** Does what someone with all rights on the database could. */
export async function tamper(pool: Pool, ...statements: string[]): Promise<void> {
  await pool.query(['begin', 'set local session_replication_role = replica', ...statements, 'commit'].join(';'))
}

/** Moves every entry from that index on by so many places; the unique index on places allows no half-way. */
export const shiftEntries = (from: number, by: number) => [
  `update log_entry set index = index + 1000000 where index >= ${from}`,
  `update log_entry set index = index - 1000000 + ${by} where index >= 1000000`,
]

/** Makes all tiles anew out of what the entries are now, as someone would who knows the format. */
export async function rebuildTiles(pool: Pool): Promise<void> {
  await using other = await freshLog()
  const { rows } = await pool.query<{ id: string; body: string; leaf_hash: Buffer }>(
    `select id, body, sha256('\\x00'::bytea || convert_to(body, 'UTF8')) as leaf_hash from log_entry order by index`,
  )
  await other.pool.query(
    'insert into log_queue (id, body, leaf_hash) select * from unnest($1::text[], $2::text[], $3::bytea[])',
    [rows.map(({ id }) => id), rows.map(({ body }) => body), rows.map(({ leaf_hash }) => leaf_hash)],
  )
  await other.sequenceAll()
  const tiles = await other.pool.query<StoredTile>('select * from log_tile')
  await tamper(pool, 'delete from log_tile')
  for (const { level, index, width, nodes } of tiles.rows) {
    await pool.query('insert into log_tile values ($1, $2, $3, $4)', [level, index, width, nodes])
  }
}

/** Signs every checkpoint anew over what the entries are now, as someone could who has stolen the key of the log. */
export async function resignCheckpoints(pool: Pool, key: LogKey): Promise<void> {
  const { rows } = await pool.query<{ body: string }>('select body from log_entry order by index')
  const checkpoints = await pool.query<{ size: number }>('select size from log_checkpoint')
  const sizes = new Set(checkpoints.rows.map(({ size }) => size))
  const frontier = emptyFrontier()
  const statements: string[] = []
  for (const { body } of rows) {
    append(frontier, leafHash(body))
    const { size } = frontier
    if (!sizes.has(size)) continue
    const root = Buffer.from(rootOf(frontier))
    const note = key.sign(checkpointText({ origin: key.name, size, root }))
    statements.push(
      `update log_checkpoint set note = '${note}', root = '\\x${root.toString('hex')}' where size = ${size}`,
    )
  }
  await tamper(pool, ...statements)
}
