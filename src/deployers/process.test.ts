import { createServer } from 'node:http'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  deployed,
  processesOf,
  startDeployers,
  textOf,
  told,
  until,
  urlOf,
  type DeployersRig,
} from '../../test/rig/deployers.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { readClaims } from './claim.ts'
import { isGroupAlive } from '../processes/process-mark.ts'
import { readProcessState } from './process-state.ts'
import { stopTargets } from './stop-targets.ts'

let rig: DeployersRig
beforeEach(async () => {
  rig = await startDeployers()
})
afterEach(async () => rig.end())

const tiny = { artifact: 'app.tgz', run: ['node', 'server.mjs'], 'stop-grace': '3s' }
const put = (request: DeployRequest, settings: Record<string, unknown> = tiny) => {
  const deployer = rig.process()
  return deployed(deployer, deployer.config.parse(settings), request)
}
const inspect = (settings: Record<string, unknown> = tiny) => {
  const deployer = rig.process()
  return deployer.inspect(deployer.config.parse(settings), rig.target())
}

test('a service answers at one address that stays, through every release', async () => {
  const target = rig.target()
  const urls: string[] = []
  for (const name of ['one', 'two', 'three']) {
    const url = urlOf(await put(target.next(await rig.pack(name))('replace')))
    expect(await textOf(url)).toBe(name)
    urls.push(url)
  }
  expect(new Set(urls).size).toBe(1)
})

test('a container image is no service to unpack, and nothing is started', async () => {
  const request = rig.target().next(await rig.pack('one'))('replace')
  const [artifact] = request.release.artifacts
  const artifacts = [{ ...artifact!, image: 'registry.example.org/team/shop' }]
  const deployer = rig.process()
  const asked = { ...request, release: { ...request.release, artifacts } }
  expect(await deployer.deploy(deployer.config.parse(tiny), asked)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('is a container image'),
  })
  expect(await inspect()).toMatchObject({ release: null })
})

test('no request fails while one release takes the place of another', async () => {
  const target = rig.target()
  const url = urlOf(await put(target.next(await rig.pack('old'))('replace')))
  const slow = textOf(`${url}/slow`)
  const answers = new Set<string>()
  const failures: unknown[] = []
  const traffic = { goesOn: true }
  const clients = [1, 2, 3].map(async () => {
    while (traffic.goesOn)
      await textOf(url).then(
        (name) => answers.add(name),
        (error) => failures.push(error),
      )
  })
  await put(target.next(await rig.pack('new'))('replace'))
  expect(await textOf(url)).toBe('new')
  traffic.goesOn = false
  await Promise.all(clients)
  expect(failures).toEqual([])
  expect([...answers].toSorted()).toEqual(['new', 'old'])
  expect(await slow).toBe('old')
})

test('a request that began before the switch is answered by the release that got it', async () => {
  const target = rig.target()
  const url = urlOf(await put(target.next(await rig.pack('old'))('replace')))
  const next = target.next(await rig.pack('new'))
  await put(next('start'))
  const slow = textOf(`${url}/slow`)
  await put(next('finish'))
  expect(await slow).toBe('old')
  expect(await textOf(url)).toBe('new')
})

test('a restart of Lockflight does not restart the service', async () => {
  const target = rig.target()
  const request = target.next(await rig.pack('one'))('replace')
  await put(request)
  const before = await running()
  await put(request)
  expect(await inspect()).toMatchObject({ release: request.release.digest })
  expect(await running()).toEqual(before)
  expect(before).toHaveLength(2)
})

test('the old release is gone after a switch: one service and one front run', async () => {
  const target = rig.target()
  for (const name of ['one', 'two', 'three']) await put(target.next(await rig.pack(name))('replace'))
  const processes = await running()
  expect(
    processes.map(({ command }) => /front|server/.exec(command)?.[0] ?? command).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['front', 'server'])
})

test('only the last few releases stay on disk', async () => {
  const target = rig.target()
  for (const name of ['one', 'two', 'three', 'four']) {
    await put(target.next(await rig.pack(name))('replace'), { ...tiny, keep: 2 })
  }
  expect((await readdir(join(target.path, 'instances'))).toSorted()).toEqual(['p3.1', 'p4.1'])
})

test('a release that ends before it answers is a failure with its last words, and the live one stays', async () => {
  const target = rig.target()
  const good = target.next(await rig.pack('good'))('replace')
  const url = urlOf(await put(good))
  const files = { 'server.mjs': "console.log('first'); console.error('no database'); process.exit(3)" }
  const result = await put(target.next(await rig.pack('bad', files))('replace'))
  expect(result).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/bad ended before it answered[^]*first\nno database/),
  })
  expect(await textOf(url)).toBe('good')
  expect(await inspect()).toMatchObject({ release: good.release.digest, candidateUrl: null })
  expect(await running()).toHaveLength(2)
})

test('a release that never answers, or answers its health check with an error, fails when its time is up', async () => {
  const target = rig.target()
  const health = { timeout: '1s' }
  const silent = await rig.pack('silent', { 'server.mjs': 'setInterval(() => {}, 1000)' })
  expect(await put(target.next(silent)('replace'), { ...tiny, health })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('did not answer with 2xx within 1s'),
  })
  const broken = await rig.pack('broken')
  expect(await put(target.next(broken)('start'), { ...tiny, health: { ...health, path: '/broken' } })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('/broken'),
  })
  expect((await running()).filter(({ command }) => !command.includes('front'))).toEqual([])
})

test('a program that does not exist, and an archive that is none, are failures that say so', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  expect(await put(target.next(release)('replace'), { ...tiny, run: ['no-such-program'] })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('no-such-program'),
  })
  expect(await put(target.next(release)('replace'), { ...tiny, artifact: 'other.tgz' })).toMatchObject({
    outcome: 'failed',
    reason: 'release one has no artifact other.tgz; it has app.tgz',
  })
})

test('A17 a release whose archive leaves its folder is refused, and nothing of it runs or stays', async () => {
  const target = rig.target()
  const release = await rig.pack('evil', { 'server.mjs': '', 'link -> /etc': '' })
  const result = await put(target.next(release)('replace'))
  expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('outside the release') })
  expect(await readdir(join(target.path, 'instances'))).toEqual([])
})

test('a port in use is a failure that names it and says what to do, and the live release stays', async () => {
  const target = rig.target()
  const live = urlOf(await put(target.next(await rig.pack('live'))('replace')))
  const other = createServer((_, response) => response.end('somebody else')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  try {
    const { port } = other.address() as AddressInfo
    const result = await put(target.next(await rig.pack('next'))('replace'), { ...tiny, port })
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: `port ${port} of tiny/prod is used by another program; free it, or set another \`port\` under \`deploy\``,
    })
    expect(await textOf(live)).toBe('live')
  } finally {
    other.close()
  }
})

test('another port in the settings moves the service there, and the old one is closed', async () => {
  const target = rig.target()
  const before = urlOf(await put(target.next(await rig.pack('one'))('replace')))
  const port = await unusedPort()
  const after = urlOf(await put(target.next(await rig.pack('two'))('replace'), { ...tiny, port }))
  expect(after).toBe(`http://127.0.0.1:${port}`)
  expect(await textOf(after)).toBe('two')
  await expect(textOf(before)).rejects.toThrow('fetch failed')
})

test('a dead service and a dead front are noticed, and started again by the next deployment', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  const url = urlOf(await put(target.next(release)('replace')))
  await killed('server.mjs')
  expect(await inspect()).toEqual({ release: null, url, candidateUrl: null })
  expect((await fetch(url)).status).toBe(502)
  expect(urlOf(await put(target.next(release)('replace')))).toBe(url)

  await killed('front')
  expect(await inspect()).toEqual({ release: null, url: null, candidateUrl: null })
  expect(urlOf(await put(target.next(release)('replace')))).toBe(url)
  expect(await textOf(url)).toBe('one')
})

test('a live release that died gets its part of the traffic again when another is brought up beside it', async () => {
  const target = rig.target()
  const url = urlOf(await put(target.next(await rig.pack('one'))('replace')))
  await killed('server.mjs')
  await put(target.next(await rig.pack('two'))('start'))
  expect(await textOf(url)).toBe('one')
})

test('the service gets its port and its release as variables, its own ones, and nothing else of Lockflight', async () => {
  const target = rig.target()
  process.env['LOCKFLIGHT_TEST_SECRET'] = 'canary'
  const release = await rig.pack('one')
  const run = 'env > env.txt\nexec node server.mjs'
  await put(target.next(release)('replace'), { ...tiny, run, env: { COLOUR: 'blue $(id)', PORT: '1' } })
  delete process.env['LOCKFLIGHT_TEST_SECRET']
  const { live } = await readProcessState(target.path)
  const env = (await readFile(join(target.path, 'instances/p1.1/app/env.txt'), 'utf8')).split('\n')
  expect(env).toEqual(
    expect.arrayContaining([
      'COLOUR=blue $(id)',
      `PORT=${live?.port}`,
      'LOCKFLIGHT_PROJECT=tiny',
      'LOCKFLIGHT_ENVIRONMENT=prod',
      `LOCKFLIGHT_RELEASE=${release.digest}`,
      'LOCKFLIGHT_VERSION=one',
      `LOCKFLIGHT_COMMIT=${release.source.commit}`,
    ]),
  )
  expect(env.join()).not.toContain('canary')
  expect(env.join()).not.toContain('VITEST')
})

test('A34 a deployment that was stopped in the middle is ended by a newer one and cannot act when it wakes', async () => {
  const target = rig.target()
  const old = target.next(await rig.pack('old', { 'server.mjs': 'setInterval(() => {}, 1000)' }))('replace')
  const deployer = rig.process()
  const config = deployer.config.parse({ ...tiny, health: { timeout: '1h' } })
  const waiting = deployer.deploy(config, old)
  await until('the old one has begun', async () => (await target.events()).length > 0)
  const [claim] = await readClaims(target.path)
  process.kill(claim!.holder.pid, 'SIGSTOP')

  const fresh = target.next(await rig.pack('fresh'))('replace')
  expect(await put(fresh)).toMatchObject({ outcome: 'succeeded' })
  expect(await waiting).toEqual({ outcome: 'running' })
  expect(await put(old)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('fence 1 came too late') })
  expect(told(await target.events())).toEqual(['p1 replace started', 'p2 replace started', 'p2 replace finished'])
  expect(await running()).toHaveLength(2)
  const left = await readdir(join(target.path, 'executions'), { recursive: true })
  expect(left.filter((path) => path.endsWith('app.tgz'))).toEqual([])
}, 60_000)

test('killed again and again at any moment, a deployment ends with one service, one front and one execution', async () => {
  const target = rig.target()
  await put(target.next(await rig.pack('r0'))('replace'))
  const delays = [5, 120, 40, 210, 15, 300, 70, 160, 90, 30, 250, 10]
  for (const round of [1, 2, 3, 4]) {
    const request = target.next(await rig.pack(`r${round}`))('replace')
    const deployer = rig.process()
    const config = deployer.config.parse(tiny)
    for (const delay of delays.slice(round * 3 - 3, round * 3)) {
      const asked = deployer.deploy(config, request)
      await sleep(delay)
      const claim = (await readClaims(target.path)).findLast(({ fence }) => fence === request.fence)
      if (claim && isGroupAlive(claim.holder)) process.kill(-claim.holder.pid, 'SIGKILL')
      await asked
    }
    const url = urlOf(await put(request))
    expect(await textOf(url)).toBe(`r${round}`)
    const programs = (await running()).map(({ command }) => /front|server/.exec(command)?.[0] ?? command)
    expect(programs.toSorted((a, b) => a.localeCompare(b))).toEqual(['front', 'server'])
    const events = (await target.events()).filter(({ fence }) => fence === request.fence)
    for (const kind of ['started', 'finished']) expect(events.filter(({ event }) => event === kind)).toHaveLength(1)
  }
}, 60_000)

test('A34 what takes a target down ends nothing that a later deployment has brought up', async () => {
  const target = rig.target()
  const later = target.next(await rig.pack('one'))('replace')
  const url = urlOf(await put(later))
  const deployer = rig.process()
  const takeDown = (fence: number) =>
    deployer.takeDown!(deployer.config.parse(tiny), { project: target.project, environment: target.environment, fence })
  await takeDown(later.fence - 1)
  expect(await textOf(url)).toBe('one')
  await takeDown(later.fence)
  await expect(textOf(url)).rejects.toThrow('fetch failed')
})

test('everything can be stopped at once, and the next deployment brings it back at the same address', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  const url = urlOf(await put(target.next(release)('replace')))
  await stopTargets(rig.targets, 2)
  expect(await processesOf(rig.targets)).toEqual([])
  expect(urlOf(await put(target.next(release)('replace')))).toBe(url)
})

/** What runs once every executor has ended. */
async function running() {
  await until('the executors have ended', async () =>
    (await processesOf(rig.targets)).every(({ command }) => !command.includes('executor')),
  )
  return processesOf(rig.targets)
}

async function killed(program: string): Promise<void> {
  const victims = (await running()).filter(({ command }) => command.includes(program))
  for (const { pid } of victims) process.kill(pid, 'SIGKILL')
  await until(`${program} is gone`, async () => {
    const left = await running()
    return !left.some(({ pid }) => victims.some((victim) => victim.pid === pid))
  })
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
