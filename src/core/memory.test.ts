import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { createMemory } from './memory.ts'

/** A memory with the questions that it did not know. */
function watched(mostCharacters: number) {
  const memory = createMemory<string>(mostCharacters)
  const asked: string[] = []
  return {
    asked,
    ask: (name: string, answer = name) =>
      memory.recall(digestOf(name), () => {
        asked.push(name)
        return answer
      }),
  }
}

test('what was answered once is not asked again', () => {
  const { asked, ask } = watched(10_000)
  expect([ask('a'), ask('b'), ask('a'), ask('b')]).toEqual(['a', 'b', 'a', 'b'])
  expect(asked).toEqual(['a', 'b'])
})

test('the answers that nobody asked for the longest are forgotten, as many as have to', () => {
  const { asked, ask } = watched(1000)
  for (const name of ['a', 'b', 'c', 'd']) ask(name)
  ask('a')
  ask('e', 'x'.repeat(300))
  asked.length = 0
  for (const name of ['a', 'd', 'e']) ask(name)
  expect(asked).toEqual([])
  ask('b')
  expect(asked).toEqual(['b'])
})

test('an answer that would push out all others is not kept', () => {
  const { asked, ask } = watched(1000)
  ask('a')
  ask('large', 'x'.repeat(2000))
  ask('large', 'x'.repeat(2000))
  ask('a')
  expect(asked).toEqual(['a', 'large', 'large'])
})

test('a question that fails is asked again', () => {
  const memory = createMemory<number>(1000)
  const fail = () => {
    throw new Error('an outage')
  }
  expect(() => memory.recall(digestOf('a'), fail)).toThrow('an outage')
  expect(memory.recall(digestOf('a'), () => 1)).toBe(1)
})

test('A18 what is remembered of a document does not keep the document', () => {
  const memory = createMemory<string>(10_000)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  for (let at = 0; at < 30; at += 1) {
    const name = `document number ${at}`
    memory.recall(digestOf(name), () => Buffer.from(name.padEnd(8_000_000, 'x')).toString('latin1').slice(0, 40))
  }
  expect(used() - before).toBeLessThan(120_000_000)
})
