import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimTarget } from './claim.ts'
import { markOf } from '../processes/process-mark.ts'
import { removeOldExecutions } from './remove-old-executions.ts'

let target: string
beforeEach(async () => {
  target = await mkdtemp(join(tmpdir(), 'lockflight-executions-'))
})
afterEach(() => rm(target, { recursive: true, force: true }))

async function execution(fence: number, ended = true): Promise<string> {
  const name = `p${fence}.1.replace`
  const folder = join(target, 'executions', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'order.json'), JSON.stringify({ request: { fence } }))
  if (ended) await writeFile(join(folder, 'outcome.json'), '{"outcome":"succeeded"}')
  return name
}

test('the newest executions stay, and so does every one that has not ended or that a claim speaks of', async () => {
  const all: string[] = []
  for (let fence = 1; fence <= 70; fence++) all.push(await execution(fence, fence !== 2))
  const holder = markOf(process.pid)!
  const claim = { promotion: 'p1', attempt: 1, phase: 'replace', fence: 1 } as const
  await claimTarget(target, claim, { holder, isDone: async () => true })
  await removeOldExecutions(target)
  const left = await readdir(join(target, 'executions'))
  const staying = [all[0], all[1], ...all.slice(22)]
  expect(new Set(left)).toEqual(new Set(staying))
})

test('where there are few nothing is removed', async () => {
  for (let fence = 1; fence <= 50; fence++) await execution(fence)
  await removeOldExecutions(target)
  expect(await readdir(join(target, 'executions'))).toHaveLength(50)
})
