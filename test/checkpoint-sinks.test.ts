import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openCheckpoint } from '../src/core/checkpoint.ts'
import type { CheckpointSink, LogHistory } from '../src/core/checkpoint-sink.ts'
import { cosignatureOf } from '../src/core/cosignature.ts'
import { readEgressRule } from '../src/core/egress-rule.ts'
import { webhookKey } from '../src/core/standard-webhooks.ts'
import { isStandardWebhook } from '../src/core/webhook-signature.ts'
import { openBranchFile } from '../src/git/branch-file.ts'
import { createHttp } from '../src/outside/http.ts'
import { fileSink } from '../src/sinks/file.ts'
import { repositorySink } from '../src/sinks/repository.ts'
import { startDelivering } from '../src/sinks/start-delivering.ts'
import { webhookSink } from '../src/sinks/webhook.ts'
import { witnessSink } from '../src/sinks/witness.ts'
import { serveWitness } from '../src/witness/serve-witness.ts'
import { openWitness } from '../src/witness/witness.ts'
import { listenHere, serve } from './rig/serve.ts'
import { historyOf, leavesOf, newKey, treeOf } from './rig/trees.ts'

const root = await mkdtemp(join(tmpdir(), 'lockflight-sinks-'))
afterAll(() => rm(root, { recursive: true, force: true }))
const newFolder = () => mkdtemp(join(root, 'place-'))

const origin = 'log.test/lockflight'
const privateKey = newKey()
const honest = treeOf(leavesOf(40), origin, privateKey)
const fork = treeOf(leavesOf(40, 10, 'fork'), origin, privateKey)
const http = createHttp({ opened: [readEgressRule('127.0.0.1')!] })

/** One implementation over a real place. */
interface Place {
  sink: CheckpointSink
  /** The newest checkpoint that arrived there, without cosignatures; null before the first. */
  newest(): Promise<string | null>
  /** How many arrived. */
  count(): Promise<number>
  down(): Promise<void>
  up(): Promise<void>
}

const patience = { timeout: 10_000 }
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

const places: Record<string, () => Promise<Place>> = {
  async file() {
    const folder = await newFolder()
    const file = join(folder, 'checkpoint')
    const seen = new Set<string>()
    const newest = () => readFile(file, 'utf8').catch(() => null)
    return {
      sink: fileSink(file),
      newest,
      count: async () => seen.add((await newest()) ?? '').size,
      down: () => rename(folder, `${folder}-away`),
      up: () => rename(`${folder}-away`, folder),
    }
  },
  async repository() {
    const folder = await newFolder()
    const repository = join(folder, 'audit.git')
    const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' })
    await mkdir(repository)
    git('init', '--quiet', '--bare')
    const parts = { repository, branch: 'kept', path: 'checkpoint', folder: join(folder, 'mirror') }
    return {
      sink: repositorySink(openBranchFile(parts)),
      newest: async () => git('show', 'kept:checkpoint'),
      count: async () => Number(git('rev-list', '--count', 'kept')),
      down: () => rename(repository, `${repository}-away`),
      up: () => rename(`${repository}-away`, repository),
    }
  },
  async webhook() {
    const got: { headers: IncomingHttpHeaders; body: string }[] = []
    let isUp = true
    const take = async (request: IncomingMessage) => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
      if (isUp) got.push({ headers: request.headers, body })
    }
    const url = await serve((request, response) => {
      void take(request).then(() => response.writeHead(isUp ? 204 : 500).end())
    })
    const sink = webhookSink({ url: `${url}/hook?token=hidden`, key: webhookKey(secret)!, http })
    return {
      sink,
      newest: async () => {
        const last = got.at(-1)
        if (!last) return null
        expect(isStandardWebhook(last.headers as Record<string, string>, Buffer.from(last.body), secret)).toBe(true)
        expect(sink.name).toBe(`webhook ${url}`)
        return (JSON.parse(last.body) as { data: { checkpoint: string } }).data.checkpoint
      },
      count: async () => new Set(got.map(({ headers }) => headers['webhook-id'])).size,
      down: async () => void (isUp = false),
      up: async () => void (isUp = true),
    }
  },
  async witness() {
    const folder = await newFolder()
    const key = newKey()
    const name = 'witness.test'
    const parts = { folder, name, privateKey: key, logs: [honest.key], now: () => 1, report: () => undefined }
    const witness = await openWitness(parts)
    const server = serveWitness(witness, () => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const { port } = server.address() as AddressInfo
    const address = { url: `http://127.0.0.1:${port}`, key: { name, publicKey: createPublicKey(key) } }
    const file = join(folder, `${encodeURIComponent(origin)}.checkpoint`)
    const seen = new Set<string>()
    const newest = () => readFile(file, 'utf8').catch(() => null)
    return {
      sink: witnessSink(address, http),
      newest,
      count: async () => seen.add((await newest()) ?? '').size,
      down: () => rename(folder, `${folder}-away`),
      up: () => rename(`${folder}-away`, folder),
    }
  },
}

const each = Object.keys(places)
const deliver = ({ sink }: Place, log: ReturnType<typeof historyOf>, size: number) => {
  log.size = Math.max(log.size, size)
  return sink.deliver(log.checkpoint(size), log)
}

test.each(each)('%s: the newest checkpoint arrives, one after the other, and twice is once', async (name) => {
  const place = await places[name]!()
  const log = historyOf(honest)
  for (const size of [5, 12, 12, 40]) {
    await deliver(place, log, size)
    const note = (await place.newest())!
    expect(openCheckpoint(note, honest.key)).toMatchObject({ checkpoint: { size } })
    await place.count()
  }
  expect(await place.count()).toBe(3)
})

test.each(each)('%s: what is away is tried again until it is back, and then has the newest', async (name) => {
  const place = await places[name]!()
  const log = historyOf(honest, 5)
  const reported: (string | null)[] = []
  const report = (_: string, trouble: Error | null) => void reported.push(trouble && trouble.message)
  const delivering = startDelivering({ sinks: [place.sink], log, gatherMilliseconds: 1, retryMilliseconds: 20, report })
  onTestFinished(() => delivering.stop())
  await expect.poll(() => delivering.states(), patience).toMatchObject([{ size: 5, trouble: null }])
  await place.down()
  log.size = 12
  delivering.wake()
  await expect
    .poll(() => delivering.states(), patience)
    .toMatchObject([{ size: 5, forked: false, trouble: expect.any(String) }])
  log.size = 40
  await place.up()
  delivering.wake()
  await expect.poll(() => delivering.states(), patience).toMatchObject([{ size: 40, trouble: null }])
  expect(openCheckpoint((await place.newest())!, honest.key)).toMatchObject({ checkpoint: { size: 40 } })
  expect(reported).toEqual([expect.any(String), null])
})

const remembering = each.filter((name) => name !== 'webhook')

test.each(remembering)(
  'A30 F10 %s: a fork and a log that has lost its end are refused, and what is there stays',
  async (name) => {
    const place = await places[name]!()
    const log = historyOf(honest)
    await deliver(place, log, 20)
    const before = await place.newest()
    const refused = expect.objectContaining({ code: 'conflict', reason: 'log_forked' }) as Error

    const forked = historyOf(fork, 30)
    await expect(deliver(place, forked, 30)).rejects.toThrow(refused)
    forked.size = 20
    await expect(deliver(place, forked, 20)).rejects.toThrow(refused)
    await expect(deliver(place, historyOf(honest), 12)).rejects.toThrow('20 entries, but the log has only 12')
    expect(await place.newest()).toBe(before)

    // Another server on the same database was faster.
    log.size = 30
    await place.sink.deliver(log.checkpoint(12), log)
    expect(openCheckpoint((await place.newest())!, honest.key)).toMatchObject({
      checkpoint: { size: name === 'witness' ? 30 : 20 },
    })
  },
)

test('a folder that is not there is named, and not made', async () => {
  const log = historyOf(honest, 5)
  const folder = join(await newFolder(), 'not-mounted')
  await expect(fileSink(join(folder, 'checkpoint')).deliver(log.checkpoint(5), log)).rejects.toThrow(
    `expected the folder ${folder}, found none`,
  )
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})

test('a file and a branch with something else are left alone', async () => {
  const log = historyOf(honest, 5)
  const file = join(await newFolder(), 'notes.txt')
  await writeFile(file, 'shopping list\n')
  await expect(fileSink(file).deliver(log.checkpoint(5), log)).rejects.toThrow('something else than a checkpoint')
  expect(await readFile(file, 'utf8')).toBe('shopping list\n')
  await writeFile(file, treeOf(leavesOf(5), origin, newKey()).note(5))
  await expect(fileSink(file).deliver(log.checkpoint(5), log)).rejects.toThrow('something else than a checkpoint')
  await rm(file)
  await fileSink(file).deliver(log.checkpoint(5), log)
  expect((await stat(file)).mode & 0o777).toBe(0o644)
})

test.each(['sha1', 'sha256'])(
  'a branch that already has files keeps them (%s), and one that someone else goes on with is not forced',
  async (format) => {
    const folder = await newFolder()
    const work = join(folder, 'work')
    const repository = join(folder, 'audit.git')
    const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' })
    await mkdir(work)
    git(work, 'init', '--quiet', '--initial-branch=kept', `--object-format=${format}`)
    await writeFile(join(work, 'README'), 'Checkpoints of our log\n')
    git(work, 'add', 'README')
    git(work, '-c', 'user.name=a', '-c', 'user.email=a@x', 'commit', '--quiet', '-m', 'Start')
    git(folder, 'clone', '--quiet', '--bare', work, repository)
    const parts = { repository, branch: 'kept', path: 'checkpoint' }
    const one = openBranchFile({ ...parts, folder: join(folder, 'one') })
    const other = openBranchFile({ ...parts, folder: join(folder, 'other') })
    const [seen, same] = [await one.read(), await other.read()]
    expect(seen).toEqual(same)
    await one.write(honest.note(5), { after: seen!.commit, message: 'one' })
    await expect(other.write(honest.note(12), { after: seen!.commit, message: 'other' })).rejects.toThrow('git push')
    expect(git(repository, 'ls-tree', '--name-only', 'kept').split('\n')).toEqual(['README', 'checkpoint', ''])
    expect(git(repository, 'log', '--format=%an %s', 'kept').split('\n')).toEqual(['Lockflight one', 'a Start', ''])
  },
)

test('a cosignature is kept only when the key of the witness has made it', async () => {
  const place = await places['witness']!()
  const log = historyOf(honest)
  await deliver(place, log, 5)
  const [kept] = log.cosignatures
  expect(kept?.line).toMatch(/^— witness\.test /)
  expect(openCheckpoint((await log.newest())!.note, honest.key)).toMatchObject({ checkpoint: { size: 5 } })

  // A server that was killed before it could keep what came back.
  const forgetful = historyOf(honest)
  for (const size of [5, 12]) await deliver(place, forgetful, size)
  expect(forgetful.cosignatures.map((one) => one.size)).toEqual([5, 12])
  forgetful.cosignatures.splice(0)
  await deliver(place, forgetful, 40)
  expect(forgetful.cosignatures.map((one) => one.size)).toEqual([40])

  const liar = await serve((_, response) => response.end(kept!.line))
  const key = { name: 'witness.test', publicKey: createPublicKey(newKey()) }
  const elsewhere = historyOf(honest, 5)
  await expect(witnessSink({ url: liar, key }, http).deliver(elsewhere.checkpoint(5), elsewhere)).rejects.toThrow(
    'without a cosignature of its key',
  )
  expect(elsewhere.cosignatures).toEqual([])
  expect(cosignatureOf((await log.newest())!.note, key)).toBeNull()
})

test.each([
  ['a witness that does not know the log', 404, 'text/plain', '', 'audit key'],
  ['a witness that says it has seen what it was told', 409, 'text/x.tlog.size', '0\n', 'has seen another root'],
  ['a witness with a size that is none', 409, 'text/x.tlog.size', 'five\n', 'has seen another root'],
  ['a witness that never agrees', 409, 'text/x.tlog.size', null, 'another size each time'],
])('%s is trouble, and its words are not repeated', async (_, status, type, body, message) => {
  let asked = 0
  const url = await serve((_request, response) => {
    asked += 1
    response.writeHead(status, { 'content-type': type }).end(body ?? `${asked % 2 === 1 ? 3 : 4}\n`)
  })
  const key = { name: 'witness.test', publicKey: createPublicKey(newKey()) }
  const log = historyOf(honest, 5)
  await expect(witnessSink({ url, key }, http).deliver(log.checkpoint(5), log)).rejects.toThrow(message)
  expect(asked).toBeLessThan(6)
})

test('A22 a webhook or witness at a closed address, or behind a redirect, is not called', async () => {
  const canary: string[] = []
  const inside = createServer((request, response) => {
    canary.push(request.url ?? '')
    response.end('secret of the inside')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void inside.close())
  await once(inside, 'listening')
  const { port } = inside.address() as AddressInfo
  const log = historyOf(honest, 5)
  const key = { name: 'witness.test', publicKey: createPublicKey(newKey()) }
  const both = (url: string, way: typeof http): CheckpointSink[] => [
    webhookSink({ url, key: webhookKey(secret)!, http: way }),
    witnessSink({ url, key }, way),
  ]
  const closed = createHttp({ opened: [] })
  const addresses = [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    `http://127.1:${port}`,
    `http://2130706433:${port}`,
    `http://[::1]:${port}`,
    `http://[::ffff:7f00:1]:${port}`,
    `http://user:secret@127.0.0.1:${port}`,
    'http://169.254.169.254',
    `file:///etc/passwd`,
  ]
  for (const url of addresses) {
    for (const sink of both(url, closed)) {
      await expect(sink.deliver(log.checkpoint(5), log)).rejects.toMatchObject({ code: 'unavailable' })
    }
  }
  const door = await serve((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end())
  for (const sink of both(door, http))
    await expect(sink.deliver(log.checkpoint(5), log)).rejects.toThrow('answered 302')
  expect(canary).toEqual([])
})

test('A21 an address that is a secret itself stands in no name and no trouble', async () => {
  const log = historyOf(honest, 5)
  const gone = await listenHere(() => undefined)
  await gone.close()
  const url = `${gone.url}/T0/hunter2?key=hunter3`
  for (const way of [http, createHttp({ opened: [] })]) {
    const sink = webhookSink({ url, key: webhookKey(secret)!, http: way })
    expect(sink.name).toBe(`webhook ${gone.url}`)
    const refused = expect.objectContaining({ message: expect.not.stringContaining('hunter') }) as Error
    await expect(sink.deliver(log.checkpoint(5), log)).rejects.toThrow(refused)
  }
})

test('while a place hangs, the others of its group get theirs, and newer checkpoints are gathered into one', async () => {
  const log = historyOf(honest, 5)
  const brought: number[] = []
  const hanging = Promise.withResolvers<void>()
  const slow: CheckpointSink = { name: 'slow', deliver: () => hanging.promise }
  const quick: CheckpointSink = { name: 'quick', deliver: async ({ size }) => void brought.push(size) }
  const parts = { log: log as LogHistory, gatherMilliseconds: 1, report: () => undefined }
  const delivering = startDelivering({ ...parts, sinks: [slow, quick] })
  onTestFinished(() => delivering.stop())
  await expect.poll(() => brought, patience).toEqual([5])
  for (const size of [6, 7, 8, 9]) {
    log.size = size
    delivering.wake()
  }
  hanging.resolve()
  await expect.poll(() => delivering.states().map(({ size }) => size), patience).toEqual([9, 9])
  expect(brought).toEqual([5, 9])
})
