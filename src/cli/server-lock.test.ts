import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homeOf, type Home } from '../core/home.ts'
import { runningServer } from './running-server.ts'
import { serverProcess, takePlace } from './server-lock.ts'

/** Above the highest that Linux gives out. */
const deadPid = 4_194_305

let home: Home
beforeEach(async () => {
  home = homeOf(await mkdtemp(join(tmpdir(), 'lockflight-lock-')), '/')
})
afterEach(() => rm(home.folder, { recursive: true }))

test('one process has the place until it gives it up, and others are told who', async () => {
  expect(serverProcess(home)).toBeUndefined()
  const leave = await takePlace(home)
  expect(serverProcess(home)).toBe(process.pid)
  await expect(takePlace(home)).rejects.toMatchObject({
    reason: 'server_runs',
    message: expect.stringContaining(`process ${process.pid} runs a server in ${home.folder}`),
  })
  await leave()
  expect(serverProcess(home)).toBeUndefined()
  await takePlace(home)
  expect(await readdir(home.folder)).toHaveLength(1)
})

test('F32 a place and a record whose process ended are free, even when its number was given to another', async () => {
  await mkdir(home.folder, { recursive: true })
  for (const pid of [deadPid, process.ppid]) {
    await writeFile(join(home.folder, 'server.lock.1'), `${pid} another boot 1\n`)
    await writeFile(home.serverFile, JSON.stringify({ url: 'http://127.0.0.1:1', pid, startedAt: 'another boot 1' }))
    expect(serverProcess(home)).toBeUndefined()
    expect(runningServer(home)).toBeUndefined()
    await writeFile(home.serverFile, JSON.stringify({ url: 'http://127.0.0.1:1', pid }))
    expect(runningServer(home)).toBeUndefined()
  }
  await takePlace(home)
  expect(serverProcess(home)).toBe(process.pid)
})

test('of several that find the last process dead, one alone takes its place', async () => {
  for (let round = 0; round < 100; round++) {
    await rm(home.folder, { recursive: true })
    await mkdir(home.folder)
    await writeFile(join(home.folder, 'server.lock.1'), `${deadPid}\n`)
    const takers = Array.from({ length: 16 }, async (_, taker) => {
      for (let turn = 0; turn < taker; turn++) await setImmediate()
      return takePlace(home)
    })
    const took = (await Promise.allSettled(takers)).filter(({ status }) => status === 'fulfilled')
    expect(took).toHaveLength(1)
    expect(serverProcess(home)).toBe(process.pid)
  }
})
