import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunJob } from '../core/run.ts'
import type { JobEvent } from '../core/runner.ts'
import { attemptHead, createJobText } from './job-text.ts'

const at = new Date('2026-11-23T12:00:00Z')
const step = { run: 'one\nmore', 'allow-failure': false }
const printed = (text: string): JobEvent => ({ kind: 'output', step: 0, at, text })

test('the head of each step begins a line, however the output before it was cut into pieces and batches', () => {
  const output = fc.array(fc.constantFrom('a', 'b\n', '\n', 'c\nd'))
  fc.assert(
    fc.property(output, output, fc.boolean(), (first, second, isOneBatch) => {
      const events: JobEvent[] = [
        { kind: 'step-started', step: 0, at },
        ...first.map(printed),
        { kind: 'step-finished', step: 0, at, exitCode: 0 },
        { kind: 'step-started', step: 1, at },
        ...second.map(printed),
      ]
      const textOf = createJobText([step, { ...step, name: 'two' }])
      const pieces = isOneBatch ? textOf(events) : events.flatMap((event) => textOf([event]))
      const before = first.join('')
      const end = before === '' || before.endsWith('\n') ? '' : '\n'
      expect(pieces.map(({ text }) => text).join('')).toBe(`== one\n${before}${end}== two\n${second.join('')}`)
    }),
  )
})

test('another attempt says in one line why there is one', () => {
  const job = { attempt: 1, state: 'failed', reason: 'step 1 exited with 7\n  and more' } as RunJob
  expect(attemptHead(job)).toBe('== attempt 2: attempt 1 failed: step 1 exited with 7 and more\n')
  expect(attemptHead({ ...job, state: 'pending' })).toBe('== attempt 2: attempt 1 was cut off with its worker\n')
})
