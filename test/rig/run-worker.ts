import { randomUUID } from 'node:crypto'
import { executeRun } from '../../src/app/execute-run.ts'
import { entries } from '../../src/log/entries.ts'
import { createPool } from '../../src/store/connect.ts'
import { createStore } from '../../src/store/store.ts'
import { createRealApp } from './real-app.ts'

/*
 * A worker in a process of its own, for tests that kill it: carries out one run and ends.
 */
const [url = '', home = '', run = ''] = process.argv.slice(2)
const pool = createPool({ url, connections: 5 })
const outbox = { add: async () => undefined, committed: () => undefined }
const store = createStore({ pool, outbox, entries, newId: () => randomUUID() })
const undo: (() => Promise<unknown>)[] = []
const app = await createRealApp(home, store, (step) => undo.push(step))
await executeRun(app, run, new AbortController().signal)
for (const step of undo) await step()
await pool.end()
