import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Phase } from '../core/deployer.ts'
import { claimTarget, isUnderWay, overtakenBy, readClaims, type Claim } from './claim.ts'
import { isAlive, markOf, type ProcessMark } from '../processes/process-mark.ts'

let target = ''
const children: ChildProcess[] = []
beforeEach(async () => {
  target = await mkdtemp(join(tmpdir(), 'lockflight-claim-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(target, { recursive: true, force: true })
})

const execution = (fence: number, phase: Phase = 'replace') => ({ promotion: `p${fence}`, attempt: 1, phase, fence })
const notDone = async () => false

test('the first to ask gets the claim, and others of the same execution hear that it is taken', async () => {
  const [first, second] = [await holder(), await holder()]
  const answers = await Promise.all(
    [first, second].map((each) => claimTarget(target, execution(1), { holder: each, isDone: notDone })),
  )
  expect(answers.map(({ answer }) => answer).toSorted((a, b) => a.localeCompare(b))).toEqual(['busy', 'yours'])
  expect(isUnderWay(await readClaims(target), execution(1))).toBe(true)
})

test('after a crash the next one takes over, and knows that it is not the first', async () => {
  const crashed = await holder()
  await claimTarget(target, execution(1), { holder: crashed, isDone: notDone })
  await end(crashed)
  expect(isUnderWay(await readClaims(target), execution(1))).toBe(false)
  const answer = await claimTarget(target, execution(1), { holder: await holder(), isDone: notDone })
  expect(answer).toEqual({ answer: 'yours', generation: 2, overtaken: [] })
})

test('A34 a newer fence ends the holder of an older one before it gets its claim', async () => {
  const old = await holder()
  await claimTarget(target, execution(1), { holder: old, isDone: notDone })
  expect(await claimTarget(target, execution(2), { holder: await holder(), isDone: notDone })).toMatchObject({
    answer: 'yours',
  })
  expect(isAlive(old)).toBe(false)
  expect(await claimTarget(target, execution(1), { holder: await holder(), isDone: notDone })).toMatchObject({
    answer: 'overtaken',
    by: { fence: 2 },
  })
})

test('what an execution that is done left running is left alone', async () => {
  const done = await holder()
  await claimTarget(target, execution(1), { holder: done, isDone: notDone })
  await claimTarget(target, execution(2), { holder: await holder(), isDone: async () => true })
  expect(isAlive(done)).toBe(true)
})

test('A34 of claims asked for all at once, only the highest is left and its holder alone lives', async () => {
  const asked = await Promise.all([3, 1, 4, 2, 5].map(async (fence) => ({ fence, holder: await holder() })))
  await Promise.all(
    asked.map(({ fence, holder: each }) => claimTarget(target, execution(fence), { holder: each, isDone: notDone })),
  )
  const claims = await readClaims(target)
  expect(claims.map(({ fence }) => fence)).toEqual([5])
  const highest = asked.find(({ fence }) => fence === 5)
  expect(isAlive(highest!.holder)).toBe(true)
})

test('a request is overtaken exactly by a higher fence, a later phase, or another attempt under its fence', () => {
  const phases = ['start', 'replace', 'finish', 'discard'] as const
  const asked = fc.record({
    promotion: fc.constantFrom('a', 'b'),
    attempt: fc.constantFrom(1, 2),
    phase: fc.constantFrom(...phases),
    fence: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(asked, asked, (before, request) => {
      const claim: Claim = { ...before, generation: 1, holder: { pid: 1, startedAt: '' } }
      const foreign = before.promotion !== request.promotion || before.attempt !== request.attempt
      const later = phases.indexOf(before.phase) > phases.indexOf(request.phase)
      const expected = before.fence > request.fence || (before.fence === request.fence && (foreign || later))
      expect(overtakenBy([claim], request) === claim).toBe(expected)
    }),
  )
})

async function holder(): Promise<ProcessMark> {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  children.push(child)
  await once(child, 'spawn')
  const mark = markOf(child.pid ?? 0)
  if (!mark) throw new Error('the holder did not start')
  return mark
}

async function end({ pid }: ProcessMark): Promise<void> {
  const child = children.find((each) => each.pid === pid)
  child?.kill('SIGKILL')
  if (child) await once(child, 'exit')
}
