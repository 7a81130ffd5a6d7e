import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAlive, isGroupAlive, markCommand, markOf, readMark } from './process-mark.ts'
import { stopGroup } from './stop-group.ts'

test('a process is alive until it ends, and a mark of another time is never alive', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const mark = markOf(child.pid!)!
  expect(isAlive(mark)).toBe(true)
  expect(isAlive({ ...mark, startedAt: `${mark.startedAt}1` })).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(mark)).toBe(false)
  expect(markOf(child.pid!)).toBeNull()
})

test('a process that ended and was not yet collected by its parent counts as ended', async () => {
  const parent = spawn('bash', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const pid = Number(String((await once(parent.stdout, 'data'))[0]))
    const state = () => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
    for (const deadline = performance.now() + 5000; state() !== 'Z' && performance.now() < deadline;)
      await new Promise(setImmediate)
    expect(state()).toBe('Z')
    expect(markOf(pid)).toBeNull()
  } finally {
    parent.kill('SIGKILL')
  }
})

test('a group lives as long as anything in it, and ends whole, however deaf', async () => {
  const script = `trap '' TERM; (trap '' TERM; sleep 60; sleep 60) & echo ready; wait`
  const leader = spawn('bash', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const mark = markOf(leader.pid!)!
  await once(leader.stdout, 'data')
  leader.kill('SIGKILL')
  await once(leader, 'exit')
  expect(isAlive(mark)).toBe(false)
  expect(isGroupAlive(mark)).toBe(true)
  await stopGroup(mark, 100)
  expect(isGroupAlive(mark)).toBe(false)
})

test('a group that was replaced by another of the same number is left alone', async () => {
  const other = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const mark = markOf(other.pid!)!
  await stopGroup({ ...mark, startedAt: 'before' }, 100)
  expect(isAlive(mark)).toBe(true)
  other.kill('SIGKILL')
})

test('a shell can leave the mark that others see', () => {
  const [line, pid] = execFileSync('bash', ['-c', `${markCommand}; echo "|$$"`], { encoding: 'utf8' }).split('|')
  expect(readMark(line ?? '')).toMatchObject({ pid: Number(pid) })
  expect(readMark('')).toBeNull()
  expect(readMark('12 (half')).toBeNull()
  const odd = '7 (a) b (c)) S 1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0\n'
  expect(readMark(odd)).toMatchObject({ pid: 7, startedAt: expect.stringMatching(/ 4242$/) })
  expect(readMark('  7   7 Ss   Mon Nov 23 00:37:44 2026\n')).toEqual({ pid: 7, startedAt: 'Mon Nov 23 00:37:44 2026' })
})
