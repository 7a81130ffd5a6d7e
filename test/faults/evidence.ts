import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { LoggedEntry } from '../../src/core/entry.ts'
import type { World } from './world.ts'

/** One line that a target wrote about itself. */
export interface TargetLine {
  event: 'begun' | 'done'
  at: bigint
  environment: string
  promotion: string
  attempt: number
  phase: string
  fence: number
  release: string
  digest: string
}

/** Everything the checker looks at, read without any of the code it checks. */
export interface Evidence {
  entries: (LoggedEntry & { body: string; leaf: Uint8Array })[]
  /** Entries that never got a place. */
  unsequenced: number
  checkpoints: string[]
  vkey: string
  /** What the witness remembers. */
  witnessed: string
  /** Lines in which a server said that a place contradicts its log. */
  alarms: string[]
  targets: Map<string, TargetLine[]>
  rows: Rows
}

/** The tables, as they are. */
export interface Rows {
  runs: { id: string; state: string }[]
  unfinishedJobs: number
  promotions: { id: string; state: string; environment: string; release: string; requested_by: string }[]
  deployments: {
    promotion: string
    attempt: number
    outcome: string
    fence: string
    environment: string
    release: string
  }[]
  approvals: { id: string; promotion: string; by: string }[]
  artifacts: { digest: string; artifacts: { name: string; digest: string }[] }[]
  waiting: WaitingRow[]
  environments: { name: string; active: string | null; held: boolean }[]
  /** Jobs that have not ended, and when each may start. */
  wakes: { promotion: string; state: string; starts: Date }[]
  /** The database's time when all of this was read. */
  now: Date
  evaluations: { promotion: string; gate: string; outcome: string; release: string }[]
}

/** A promotion that waits, and what it says it waits for. */
export interface WaitingRow {
  id: string
  environment: string
  release: string
  requested_by: string
  unmet: { id: string; reason: string }[]
  recheck_at: Date | null
}

/** Reads database and targets once everything stands still. */
export async function gatherEvidence(world: World, vkey: string): Promise<Evidence> {
  const client = new Client({ connectionString: world.databaseUrl })
  await client.connect()
  const rows = async <T>(text: string) => (await client.query(text)).rows as T[]
  try {
    const logged = await rows<{ index: string; body: string; leaf_hash: Uint8Array }>(
      'select index, body, leaf_hash from log_entry order by index',
    )
    const [queue] = await rows<{ count: string }>('select count(*) from log_queue')
    const [unfinished] = await rows<{ count: string }>(
      `select count(*) from run_job join run on run.id = run and run.finished_at is not null
       where run_job.state in ('pending', 'running')`,
    )
    return {
      entries: logged.map(({ index, body, leaf_hash: leaf }) => ({
        ...(JSON.parse(body) as LoggedEntry),
        index: Number(index),
        body,
        leaf,
      })),
      unsequenced: Number(queue?.count),
      checkpoints: (await rows<{ note: string }>('select note from log_checkpoint order by size')).map(
        ({ note }) => note,
      ),
      vkey,
      witnessed: await readFile(join(world.witness.home, 'logs', 'lockflight.localhost.checkpoint'), 'utf8'),
      alarms: (await Promise.all(world.logs.map(readLines))).flat().filter((line) => line.includes('has seen')),
      targets: await readTargets(world.targets),
      rows: {
        runs: await rows('select id, state from run'),
        unfinishedJobs: Number(unfinished?.count),
        promotions: await rows('select id, state, environment, release, requested_by from promotion'),
        deployments: await rows('select promotion, attempt, outcome, fence, environment, release from deployment'),
        approvals: await rows('select id, promotion, by from approval'),
        artifacts: await rows('select digest, artifacts from release'),
        waiting: await rows(
          `select id, environment, release, requested_by, unmet, recheck_at from promotion where state = 'waiting'`,
        ),
        environments: await rows('select name, active, hold_at is not null as held from environment'),
        wakes: await rows(
          `select data ->> 'promotion' as promotion, state::text as state, start_after as starts from pgboss.job
           where name = 'advance-promotion' and state in ('created', 'retry', 'active')`,
        ),
        now: (await rows<{ now: Date }>('select now()'))[0]!.now,
        evaluations: await rows('select promotion, gate, outcome, release from evaluation'),
      },
    }
  } finally {
    await client.end()
  }
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n')
}

async function readTargets(folder: string): Promise<Map<string, TargetLine[]>> {
  const targets = new Map<string, TargetLine[]>()
  for (const file of await readdir(folder)) {
    const lines = (await readFile(join(folder, file), 'utf8')).trim().split('\n')
    // Nanoseconds do not fit a JavaScript number.
    const parsed = lines.map(
      (line) => JSON.parse(line.replace(/"at":(\d+)/, '"at":"$1"')) as Omit<TargetLine, 'at'> & { at: string },
    )
    targets.set(
      file.replace('.ndjson', ''),
      parsed.map((line) => ({ ...line, at: BigInt(line.at) })),
    )
  }
  return targets
}

/** True while a job is being done, will be tried again, or should have begun. */
export async function isAnyJobDue(world: World): Promise<boolean> {
  const client = new Client({ connectionString: world.databaseUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query(
      `select from pgboss.job where state in ('active', 'retry') or (state = 'created' and start_after <= now())`,
    )
    return rowCount !== 0
  } finally {
    await client.end()
  }
}
