import type pg from 'pg'
import { checkpointText, type Checkpoint } from '../core/checkpoint.ts'
import { rootOf, sameHash, type Hash } from '../core/merkle.ts'
import { verifyConsistency } from '../core/merkle-proof.ts'
import type { Database } from './database.ts'
import { countDeliveries } from './deliveries.ts'
import { extendTiles } from './extend-tiles.ts'
import { lost, readHead } from './head.ts'
import type { LogKey } from './key.ts'
import { consistencyProof } from './proofs.ts'
import type { StoredTile } from './stored-tile.ts'

/** What came of one try: another server had the lead, nothing waited, or these entries got their place. */
export type Batch =
  | { outcome: 'busy' }
  | { outcome: 'nothing'; checkpoint: Checkpoint | null }
  | { outcome: 'extended'; checkpoint: Checkpoint; entries: number }

/** What one batch needs to know. */
export interface SequenceOptions {
  /** The most entries to take. */
  limit: number
  /** The newest checkpoint this process has seen; a log that does not begin with it is refused. */
  seen: Checkpoint | null
}

const leadership = 7_233_502

/**
 * Gives waiting entries their place in the log: entries, tiles, the signed checkpoint and the emptied queue commit
 * together or not at all. Refuses as `readHead` does.
 */
export async function sequence(pool: pg.Pool, key: LogKey, options: SequenceOptions): Promise<Batch> {
  const client = await pool.connect()
  try {
    const batch = await sequenceIn(client, key, options)
    await client.query('commit')
    client.release()
    return batch
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    )
    throw error
  }
}

async function sequenceIn(client: Database, key: LogKey, { limit, seen }: SequenceOptions): Promise<Batch> {
  if (!(await takeTheLead(client))) return { outcome: 'busy' }
  const head = await readHead(client, key)
  await refuseAnotherPast(client, head.checkpoint, seen)

  const { leaves, deployments } = await moveFromQueue(client, head.frontier.size, limit)
  if (leaves.length === 0) return { outcome: 'nothing', checkpoint: head.checkpoint }

  const tiles = extendTiles(head, leaves)
  const checkpoint = { origin: key.name, size: head.frontier.size, root: rootOf(head.frontier) }
  await Promise.all([
    saveTiles(client, tiles),
    saveCheckpoint(client, checkpoint, key.sign(checkpointText(checkpoint))),
    countDeliveries(client, deployments),
  ])
  return { outcome: 'extended', checkpoint, entries: leaves.length }
}

/** The lead ends with the transaction. It is taken in a statement of its own, so that the next ones see all that the last leader committed. */
async function takeTheLead(client: Database): Promise<boolean> {
  const [, { rows }] = await Promise.all([
    client.query('begin isolation level read committed'),
    client.query<{ leads: boolean }>('select pg_try_advisory_xact_lock($1) as leads', [leadership]),
  ])
  return rows[0]!.leads
}

async function refuseAnotherPast(client: Database, now: Checkpoint | null, seen: Checkpoint | null): Promise<void> {
  if (!seen) return
  if (!now || now.size < seen.size) {
    throw lost(`it ends after ${now?.size ?? 0} entries, but a checkpoint after ${seen.size} was signed`, seen.size)
  }
  const { size: size1, root: root1 } = seen
  const { size: size2, root: root2 } = now
  if (size1 === size2 && sameHash(root1, root2)) return
  const proof = await consistencyProof(client, size1, size2)
  if (!verifyConsistency({ size1, size2, root1, root2, proof })) {
    throw lost(`it does not begin with the ${size1} entries that a checkpoint was signed for`, size1)
  }
}

interface Moved {
  leaves: Hash[]
  /** The bodies of `deploy.completed` entries. */
  deployments: string[]
}

/**
 * The array makes the database look the rows up by their position. Joining the queue with itself instead, it now and
 * then reads all of it, with everything that was ever deleted, once per batch.
 */
async function moveFromQueue(client: Database, first: number, limit: number): Promise<Moved> {
  const { rows } = await client.query<{ leaf_hash: Uint8Array; deployment: string | null }>(
    `with taken as (
       delete from log_queue
       where position = any (array(select position from log_queue order by position limit $2)) returning *
     ), placed as (
       select $1::bigint + row_number() over (order by position) - 1 as index, taken.id, type, project, environment,
         subject, actor, at, body, leaf_hash, data ->> 'outcome' as outcome
       from taken cross join lateral json_to_record(body::json) as entry
         (type text, project text, environment text, subject text, actor text, at timestamptz, data json)
     ), moved as (
       insert into log_entry (index, id, type, project, environment, subject, actor, at, body, leaf_hash)
       select index, id, type, project, environment, subject, actor, at, body, leaf_hash from placed
     ), tallied as (
       insert into log_tally
       select type, coalesce(project, ''), coalesce(environment, ''), coalesce(outcome, ''), count(*)
       from placed group by 1, 2, 3, 4
       on conflict (type, project, environment, outcome) do update set entries = log_tally.entries + excluded.entries
     )
     select leaf_hash, case type when 'deploy.completed' then body end as deployment from placed order by index`,
    [first, limit],
  )
  return {
    leaves: rows.map(({ leaf_hash }) => leaf_hash),
    deployments: rows.map(({ deployment }) => deployment).filter((body) => body !== null),
  }
}

async function saveTiles(client: Database, tiles: StoredTile[]): Promise<void> {
  await client.query(
    `insert into log_tile (level, index, width, nodes)
     select * from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bytea[])
     on conflict (level, index) do update set width = excluded.width, nodes = excluded.nodes`,
    [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ width }) => width),
      tiles.map(({ nodes }) => nodes),
    ],
  )
}

async function saveCheckpoint(client: Database, { size, root }: Checkpoint, note: string): Promise<void> {
  await client.query('insert into log_checkpoint (size, root, note) values ($1, $2, $3)', [size, root, note])
}
