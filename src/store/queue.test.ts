import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi, type TestContext } from 'vitest'
import { freshDatabase } from '../../test/rig/postgres.ts'
import { freshStore, openStore } from '../../test/rig/store.ts'
import type { Job } from '../core/job.ts'

type Later = TestContext['onTestFinished']

async function rigOf(later: Later, options?: Parameters<typeof freshStore>[0]) {
  const rig = await freshStore(options)
  later(() => rig.close())
  return rig
}

type Rig = Awaited<ReturnType<typeof rigOf>>
type Promote = (id: string, signal: AbortSignal) => Promise<void>

const promote = (id: string, at?: Date): Job => ({ verb: 'advance-promotion', promotion: id, ...(at && { at }) })
const send = ({ store }: Pick<Rig, 'store'>, ...jobs: Job[]) =>
  store.transaction(async (tx) => {
    for (const job of jobs) await tx.enqueue(job)
    return tx.now
  })
const work = ({ queue }: Pick<Rig, 'queue'>, handler: Promote) =>
  queue.work({
    'execute-run': async () => undefined,
    'advance-promotion': ({ promotion }, signal) => handler(promotion, signal),
  })

/** A handler that writes down when it took what. */
function diary(): { took: string[]; handler: Promote } {
  const took: string[] = []
  return { took, handler: async (id) => void took.push(id) }
}

async function workerProcess(later: Later, url: string) {
  const script = fileURLToPath(new URL('../../test/rig/queue-worker.ts', import.meta.url))
  const child = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  later(() => void child.kill('SIGKILL'))
  const said: string[] = []
  createInterface(child.stdout).on('line', (line) => said.push(line))
  await vi.waitUntil(() => said.includes('ready'), { timeout: 10_000 })
  return { child, said }
}

test('a job starts within a tenth of a second of its commit', async ({ onTestFinished: later }) => {
  const rig = await rigOf(later)
  const started: number[] = []
  await work(rig, async () => void started.push(performance.now()))
  const waits: number[] = []
  for (let n = 0; n < 21; n++) {
    await send(rig, promote(`p${n}`))
    const committed = performance.now()
    await vi.waitUntil(() => started.length > n, { interval: 1, timeout: 5000 })
    waits.push(started[n]! - committed)
  }
  expect(waits.toSorted((a, b) => a - b)[10]).toBeLessThan(100)
})

test('a job of another process starts without waiting for the poll', async ({ onTestFinished: later }) => {
  const rig = await rigOf(later)
  const { said } = await workerProcess(later, rig.url)
  const waits: number[] = []
  for (let n = 0; n < 5; n++) {
    await send(rig, promote(`quick-${n}`))
    const committed = performance.now()
    await vi.waitUntil(() => said.includes(`took quick-${n}`), { interval: 1, timeout: 5000 })
    waits.push(performance.now() - committed)
  }
  expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(300)
})

test('a backlog is worked off without a pause between the jobs', async ({ onTestFinished: later }) => {
  const rig = await rigOf(later, { concurrency: { 'execute-run': 1, 'advance-promotion': 4 } })
  await send(rig, ...Array.from({ length: 300 }, (_, n) => promote(`p${n}`)))
  const { took, handler } = diary()
  const start = performance.now()
  await work(rig, handler)
  await vi.waitUntil(() => took.length === 300, { timeout: 20_000 })
  // With a poll of one second between them, four workers would take 75.
  expect(performance.now() - start).toBeLessThan(15_000)
  expect(new Set(took).size).toBe(300)
})

describe.concurrent('in their own time', () => {
  test('a deferred job does not start before its time, and soon after', async ({ onTestFinished: later }) => {
    const rig = await rigOf(later)
    const { took, handler } = diary()
    await work(rig, handler)
    const now = await send(rig, promote('now'))
    const at = new Date(now.getTime() + 1500)
    await send(rig, promote('later', at))
    await vi.waitUntil(() => took.includes('later'), { interval: 5, timeout: 5000 })
    const taken = await rig.store.read(async (tx) => tx.now)
    expect(taken.getTime()).toBeGreaterThanOrEqual(at.getTime())
    expect(taken.getTime()).toBeLessThan(at.getTime() + 1500)
  })

  test('a handler that throws is called again, and the throw is reported', async ({ onTestFinished: later }) => {
    const rig = await rigOf(later)
    let tries = 0
    await work(rig, async () => {
      tries += 1
      if (tries < 3) throw new Error(`try ${tries}`)
    })
    await send(rig, promote('p'))
    await vi.waitUntil(() => tries === 3, { timeout: 15_000 })
    expect(rig.reports.map(String)).toEqual(['Error: try 1', 'Error: try 2'])
  })

  test('A37 a job that always throws is given up after its tries, and the others go on meanwhile', async ({
    onTestFinished: later,
  }) => {
    const rig = await rigOf(later, { retryLimit: 2, concurrency: { 'execute-run': 1, 'advance-promotion': 1 } })
    const { took, handler } = diary()
    await work(rig, async (id, signal) => {
      await handler(id, signal)
      if (id === 'poison') throw new Error('always')
    })
    await send(rig, promote('poison'), ...Array.from({ length: 20 }, (_, n) => promote(`p${n}`)))
    await vi.waitUntil(() => took.filter((id) => id !== 'poison').length === 20, { timeout: 5000 })
    const state = async () => {
      const { rows } = await rig.pool.query(`select state from pgboss.job where data ->> 'promotion' = 'poison'`)
      return rows[0]?.state
    }
    await vi.waitUntil(async () => (await state()) === 'failed', { timeout: 20_000 })
    expect(took.filter((id) => id === 'poison')).toHaveLength(3)
  })

  test('two jobs about one promotion never run at once, and none is lost', async ({ onTestFinished: later }) => {
    const rig = await rigOf(later)
    let running = 0
    let most = 0
    let done = 0
    await work(rig, async () => {
      running += 1
      most = Math.max(most, running)
      await pause(50)
      running -= 1
      done += 1
    })
    await send(rig, ...Array.from({ length: 4 }, () => promote('same')))
    await vi.waitUntil(() => done === 4, { timeout: 15_000 })
    expect(most).toBe(1)
  })

  test(
    'F01 the job of a worker killed with -9 is taken over within about ten seconds',
    { timeout: 60_000 },
    async ({ onTestFinished: later }) => {
      const rig = await rigOf(later)
      const { child, said } = await workerProcess(later, rig.url)
      await send(rig, promote('orphan'))
      await vi.waitUntil(() => said.includes('took orphan'), { timeout: 5000 })
      const { took, handler } = diary()
      await work(rig, handler)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const killed = performance.now()
      await vi.waitUntil(() => took.includes('orphan'), { timeout: 30_000 })
      expect(performance.now() - killed).toBeLessThan(20_000)
    },
  )

  test('stopping lets work end in its grace, then aborts it, and another worker goes on with it', async ({
    onTestFinished: later,
  }) => {
    const database = await freshDatabase()
    later(() => database.drop())
    const first = await openStore(database.url)
    let ended = ''
    let aborted = false
    const running = new Set<string>()
    await work(first, async (id, signal) => {
      running.add(id)
      if (id === 'short') await pause(300)
      else await once(signal, 'abort')
      aborted ||= signal.aborted
      ended += `${id} `
      signal.throwIfAborted()
    })
    await send(first, promote('short'), promote('endless'))
    await vi.waitUntil(() => running.size === 2, { timeout: 5000 })
    await first.close()
    expect(ended).toBe('short endless ')
    expect(aborted).toBe(true)
    expect(first.reports).toEqual([])

    const second = await openStore(database.url)
    later(() => second.close())
    const { took, handler } = diary()
    await work(second, handler)
    await vi.waitUntil(() => took.length > 0, { timeout: 15_000 })
    expect(took).toEqual(['endless'])
  })
})
