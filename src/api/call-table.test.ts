import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { callTable } from './call-table.ts'
import { calls } from './calls.ts'

test('the table the client uses is the one the endpoints give', async () => {
  expect(await readFile(new URL('./calls.ts', import.meta.url), 'utf8')).toBe(callTable())
})

test('times are found in lists, behind null and in records', () => {
  expect(calls.getRun.times).toContain('jobs.*.steps.*.finishedAt')
  expect(calls.listDeployments.times).toContain('items.*.replacedAt')
  expect(calls.listEntries.times).toEqual([])
})
