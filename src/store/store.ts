import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Entries, Entry, NewEntry } from '../core/entry.ts'
import type { Job } from '../core/job.ts'
import type { Store, Transaction } from '../core/store.ts'
import { approvals } from './approvals.ts'
import { attachments } from './attachments.ts'
import { attestations } from './attestations.ts'
import { connect } from './connect.ts'
import { deployments } from './deployments.ts'
import { drills } from './drills.ts'
import { environments } from './environments.ts'
import { evaluations } from './evaluations.ts'
import { keys } from './keys.ts'
import { gather } from './gather.ts'
import { logText } from './log-text.ts'
import { members } from './members.ts'
import { addEntries } from './log-queue.ts'
import { overrides } from './overrides.ts'
import { pins } from './pins.ts'
import { promotions } from './promotions.ts'
import { quarantines } from './quarantines.ts'
import { isWorthRetrying, refusalOf, unavailable } from './refusals.ts'
import { releases } from './releases.ts'
import { replies } from './replies.ts'
import { reports } from './reports.ts'
import { revisions } from './revisions.ts'
import { runs } from './runs.ts'
import { secrets } from './secrets.ts'
import { sourceChanges } from './source-changes.ts'
import { sessionOf, type Session } from './sql.ts'
import { tokens } from './tokens.ts'
import { uploads } from './uploads.ts'

/** Where jobs go: into the same transaction, and to whoever waits for them once it has committed. */
export interface Outbox {
  add(session: Session, jobs: Job[]): Promise<void>
  committed(jobs: Job[], now: Date): void
}

/** What a store is made of. */
export interface StoreParts {
  pool: pg.Pool
  outbox: Outbox
  /** Reads of the log, on that connection. */
  entries: (client: pg.ClientBase) => Entries
  newId: () => string
  /** Hears that entries were committed and can be given their place in the log. */
  logged?: () => void
  /** Between 0 and 1, to spread retries. */
  random?: () => number
}

const attempts = 10
const begin = {
  write: 'begin isolation level read committed; select now()',
  read: 'begin isolation level repeatable read, read only; select now()',
}

/** The store over PostgreSQL. */
export function createStore(parts: StoreParts): Store {
  return {
    read: (work) => inTransaction(parts, 'read', work),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await inTransaction(parts, 'write', work)
        } catch (error) {
          if (!isWorthRetrying(error)) throw error
          if (attempt === attempts) throw unavailable(error)
          await pause((parts.random ?? Math.random)() * Math.min(5 * 2 ** attempt, 500))
        }
      }
    },
  }
}

async function inTransaction<T>(
  parts: StoreParts,
  mode: keyof typeof begin,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await connect(parts.pool)
  const session = sessionOf(client)
  let broken = false
  try {
    const now = await start(client, mode)
    const entries: Entry[] = []
    const jobs: Job[] = []
    const result = await work({
      ...nouns(session),
      now,
      entries: parts.entries(client),
      async log(entry) {
        entries.push(entryOf(entry, parts.newId(), now))
      },
      async enqueue(job) {
        jobs.push(job)
      },
    })
    if (mode === 'read' && entries.length + jobs.length > 0) throw new Error('a read may neither log nor enqueue')
    if (entries.length > 0) addEntries(session, entries)
    if (jobs.length > 0) await parts.outbox.add(session, jobs)
    await session.settle()
    session.end()
    // Nobody waits for the end of a read: whoever uses the connection next comes after it anyway.
    if (mode === 'read') leave(client)
    else await commit(client)
    if (jobs.length > 0) parts.outbox.committed(jobs, now)
    if (entries.length > 0) parts.logged?.()
    return result
  } catch (error) {
    session.end()
    // What was read after a failed write says only that the transaction is broken; the write says why.
    const cause = await session.settle().then(
      () => error,
      (first: unknown) => first,
    )
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    )
    throw cause
  } finally {
    client.release(broken)
  }
}

async function start(client: pg.ClientBase, mode: keyof typeof begin): Promise<Date> {
  gather(client)
  try {
    const [, { rows }] = (await client.query(begin[mode])) as unknown as [unknown, pg.QueryResult<{ now: Date }>]
    return rows[0]!.now
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}

function leave(client: pg.ClientBase): void {
  gather(client)
  client.query('commit').catch(() => undefined)
}

/** PostgreSQL answers the commit of a transaction in which something failed with a rollback, and no error. */
async function commit(client: pg.ClientBase): Promise<void> {
  try {
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error('a statement failed and its error was swallowed; nothing was committed')
  } catch (error) {
    throw refusalOf(error) ?? error
  }
}

function nouns(session: Session): Omit<Transaction, 'now' | 'entries' | 'log' | 'enqueue'> {
  return {
    revisions: revisions(session),
    runs: runs(session),
    logText: logText(session),
    releases: releases(session),
    attachments: attachments(session),
    attestations: attestations(session),
    reports: reports(session),
    uploads: uploads(session),
    sourceChanges: sourceChanges(session),
    keys: keys(session),
    promotions: promotions(session),
    approvals: approvals(session),
    overrides: overrides(session),
    quarantines: quarantines(session),
    pins: pins(session),
    evaluations: evaluations(session),
    environments: environments(session),
    deployments: deployments(session),
    drills: drills(session),
    members: members(session),
    tokens: tokens(session),
    secrets: secrets(session),
    replies: replies(session),
  }
}

function entryOf({ project = null, environment = null, ...entry }: NewEntry, id: string, now: Date): Entry {
  return { ...entry, project, environment, id, at: now.toISOString() }
}
