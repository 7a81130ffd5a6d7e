import { expect, test } from 'vitest'
import type { JobEvent } from '../core/runner.ts'
import { createEventBatches } from './event-batches.ts'

const line = (text: string): JobEvent => ({ kind: 'output', step: 0, at: new Date(0), text })
const never = () => expect.fail('recording has not failed')

test('events are recorded in order and one batch at a time, even when the store is slow', async () => {
  const batches: string[] = []
  let open = 0
  const { add, flush } = createEventBatches(async (events) => {
    expect(open++).toBe(0)
    await new Promise(setImmediate)
    batches.push(events.map((event) => (event.kind === 'output' ? event.text : '')).join(''))
    open--
  }, never)
  for (let n = 0; n < 100; n++) await add([line(`${n} `.padEnd(3000, '.'))])
  await flush()
  const numbers = batches.join('').match(/\d+/g)?.map(Number)
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n))
  expect(batches.length).toBeGreaterThan(3)
  for (const batch of batches) expect(batch.length).toBeLessThan(64 * 1024 + 3000)
})

test('who adds more than a batch waits for the store', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { add } = createEventBatches(() => promise, never)
  let through = false
  const added = add([line('x'.repeat(70_000))]).then(() => (through = true))
  await new Promise(setImmediate)
  expect(through).toBe(false)
  resolve()
  await added
})

test('a lonely event is recorded without anyone asking for it', async () => {
  const recorded = new Promise<JobEvent[]>((resolve) => {
    const { add } = createEventBatches(async (events) => resolve(events), never)
    void add([line('alone')])
  })
  expect(await recorded).toEqual([line('alone')])
})

test('a failing store is told at once, and fails everything that follows', async () => {
  let told = false
  const { add, flush } = createEventBatches(
    async () => {
      throw new Error('the store is down')
    },
    () => (told = true),
  )
  await expect(add([line('x'.repeat(70_000))])).rejects.toThrow('the store is down')
  expect(told).toBe(true)
  await expect(flush()).rejects.toThrow('the store is down')
})
