import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { copyDatabase, makeTemplate, startTestPostgres, type Database } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that all tests of a run share. */
    postgres: { url: string; pid: number }
  }
}

/** Vitest's global setup: one PostgreSQL for the run, with a migrated database to copy from. Data is lost in a crash; tests that crash it start their own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestPostgres()
  try {
    await makeTemplate(server.url)
  } catch (error) {
    await server.remove()
    throw error
  }
  project.provide('postgres', { url: server.url, pid: server.pid() })
  return () => server.remove()
}

/** A migrated database of its own for one test, ready within tens of milliseconds. */
export function freshDatabase(): Promise<Database> {
  return copyDatabase(inject('postgres').url)
}

/** A copy of a database that nobody is connected to any more. */
export function copyOf({ url }: Pick<Database, 'url'>): Promise<Database> {
  return copyDatabase(inject('postgres').url, new URL(url).pathname.slice(1))
}
