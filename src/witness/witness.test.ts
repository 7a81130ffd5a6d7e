import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { leavesOf, newKey, treeOf } from '../../test/rig/trees.ts'
import { writeAddCheckpoint } from '../core/add-checkpoint.ts'
import type { Checkpoint } from '../core/checkpoint.ts'
import { cosignatureOf } from '../core/cosignature.ts'
import { emptyRoot } from '../core/merkle.ts'
import { signNote } from '../core/note.ts'
import { consider } from './consider.ts'
import { serveWitness } from './serve-witness.ts'
import { openIdentity } from './witness-identity.ts'
import { openWitness } from './witness.ts'

const root = await mkdtemp(join(tmpdir(), 'lockflight-witness-'))
afterAll(() => rm(root, { recursive: true, force: true }))
const newFolder = () => mkdtemp(join(root, 'witness-'))

const logKey = newKey()
const privateKey = newKey()
const origin = 'log.test/lockflight'
const log = { name: origin, publicKey: createPublicKey(logKey) }
const name = 'witness.test'
const key = { name, publicKey: createPublicKey(privateKey) }
const now = () => 1_700_000_000

const honest = treeOf(leavesOf(40), origin, logKey)
const fork = treeOf(leavesOf(40, 10, 'fork'), origin, logKey)

async function newWitness(folder?: string) {
  const reported: string[] = []
  const report = (message: string) => void reported.push(message)
  const witness = await openWitness({
    folder: folder ?? (await newFolder()),
    name,
    privateKey,
    logs: [log],
    now,
    report,
  })
  const ask = (oldSize: number, size: number, tree = honest, proof = tree.proof(Math.min(oldSize, size), size)) =>
    witness.addCheckpoint(writeAddCheckpoint({ oldSize, proof, note: tree.note(size) }))
  return { ...witness, ask, reported }
}

test('a log that grows gets a cosignature for each checkpoint, which its key verifies', async () => {
  const { ask } = await newWitness()
  for (const [oldSize, size] of [
    [0, 5],
    [5, 12],
    [12, 12],
    [12, 40],
  ] as const) {
    const { status, body } = await ask(oldSize, size)
    expect(status).toBe(200)
    expect(cosignatureOf(honest.note(size) + body, key)).toEqual({ time: now(), line: body })
  }
})

test('whoever names another size than the one seen last is told that one', async () => {
  const { ask } = await newWitness()
  expect(await ask(3, 5)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '0\n' })
  await ask(0, 20)
  expect(await ask(0, 30)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '20\n' })
  expect(await ask(5, 12)).toMatchObject({ status: 409, body: '20\n' })
  expect(await ask(20, 30)).toMatchObject({ status: 200 })
})

test('A30 a fork, a rollback and a proof of something else are refused, and the first and the last are reported', async () => {
  const { ask, reported } = await newWitness()
  await ask(0, 20)
  expect(await ask(20, 20, fork)).toMatchObject({ status: 409, type: expect.stringContaining('text/plain') })
  expect(await ask(20, 30, fork)).toMatchObject({ status: 422 })
  expect(await ask(20, 30, honest, honest.proof(20, 31))).toMatchObject({ status: 422 })
  expect(await ask(20, 30, honest, [])).toMatchObject({ status: 422 })
  expect(await ask(20, 20, honest, honest.proof(10, 20))).toMatchObject({ status: 422 })
  expect(await ask(20, 10)).toMatchObject({ status: 400 })
  expect(await ask(10, 10)).toMatchObject({ status: 409, body: '20\n' })
  expect(reported).toHaveLength(5)
  expect(reported[0]).toBe(`refused to cosign 20 entries of ${origin}: fork`)
  expect(await ask(20, 30)).toMatchObject({ status: 200 })
})

test('a log, a key or a request that is not known here is refused', async () => {
  const { addCheckpoint, ask } = await newWitness()
  const other = treeOf(leavesOf(5), 'another.test/log', logKey)
  const forged = treeOf(leavesOf(5), origin, newKey())
  expect(await ask(0, 5, other)).toMatchObject({ status: 404 })
  expect(await ask(0, 5, forged)).toMatchObject({ status: 403 })
  expect(await ask(0, 5, honest, honest.proof(3, 5))).toMatchObject({ status: 422 })
  expect(await addCheckpoint('')).toMatchObject({ status: 400 })
  expect(await addCheckpoint(`old 0\n\n${signNote('no checkpoint\n', origin, logKey)}`)).toMatchObject({ status: 400 })
  expect(await addCheckpoint('old 0\n\nno note\n')).toMatchObject({ status: 400 })
  const empty = treeOf([], origin, logKey)
  expect(await ask(0, 0, empty)).toMatchObject({ status: 200 })
})

test('what was cosigned is known again after a restart, and a memory that no known key signed is refused', async () => {
  const folder = await newFolder()
  await (await newWitness(folder)).ask(0, 20)
  expect(await readdir(folder)).toEqual(['log.test%2Flockflight.checkpoint'])
  const file = join(folder, 'log.test%2Flockflight.checkpoint')
  expect(await readFile(file, 'utf8')).toBe(honest.note(20))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await (await newWitness(folder)).ask(0, 30)).toMatchObject({ status: 409, body: '20\n' })
  await writeFile(file, treeOf(leavesOf(5), origin, newKey()).note(5))
  await expect(newWitness(folder)).rejects.toMatchObject({ code: 'unavailable' })
})

test('what cannot be remembered is not cosigned', async () => {
  const folder = await newFolder()
  const { ask } = await newWitness(folder)
  await rm(folder, { recursive: true })
  await expect(ask(0, 20)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('of many at once only one continues the same checkpoint', async () => {
  const { ask } = await newWitness()
  const forks = Array.from({ length: 20 }, (_, number) => treeOf(leavesOf(20, 0, `fork ${number}`), origin, logKey))
  const answers = await Promise.all(forks.map((tree) => ask(0, 20, tree)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
})

test('more than can wait are sent away', async () => {
  const { ask } = await newWitness()
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(0, 20)))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200,
    ...Array.from({ length: 31 }, () => 409),
    ...Array.from({ length: 8 }, () => 503),
  ])
  expect(await ask(20, 30)).toMatchObject({ status: 200 })
})

test('A18 who is slow, and who holds too many connections, is cut off, and others are answered', async () => {
  const { addCheckpoint } = await newWitness()
  const limits = { requestMilliseconds: 300, headersMilliseconds: 200, connections: 3 }
  const reported: string[] = []
  const server = serveWitness({ addCheckpoint }, (message) => void reported.push(message), limits).listen(
    0,
    '127.0.0.1',
  )
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const slow = ['POST /add-ch', 'POST /add-checkpoint HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nold', 'G']
  const sockets = slow.map((text) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.write(text)
    return socket
  })
  const closed = sockets.map((socket) => once(socket.resume(), 'close'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const another = connect(port, '127.0.0.1').on('error', () => undefined)
  await once(another.resume(), 'close')
  await Promise.all(closed)
  const url = `http://127.0.0.1:${port}/add-checkpoint`
  const body = writeAddCheckpoint({ oldSize: 0, proof: [], note: honest.note(5) })
  expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
  expect(reported).toEqual([])
})

test('I16 no two trees that contradict each other are ever cosigned, whatever is asked in whatever order', () => {
  const trees = [honest, fork, treeOf(leavesOf(40, 25, 'late'), origin, logKey)]
  const asked = fc.record({
    tree: fc.nat(trees.length - 1),
    oldSize: fc.oneof(fc.nat(40), fc.constant('known' as const)),
    size: fc.nat(40),
    proofOf: fc.option(fc.tuple(fc.nat(trees.length - 1), fc.nat(40), fc.nat(40)), { freq: 3 }),
  })
  fc.assert(
    fc.property(fc.array(asked, { minLength: 1, maxLength: 30 }), (requests) => {
      const witness: { last: Checkpoint | null } = { last: null }
      // The model: which trees all that was cosigned is a beginning of.
      const cosigned: Checkpoint[] = []
      for (const { tree: which, oldSize: said, size, proofOf } of requests) {
        const tree = trees[which]!
        const next = tree.at(size)
        const oldSize: number = said === 'known' ? (witness.last?.size ?? 0) : said
        const [other, from, to] = proofOf ?? [which, Math.min(oldSize, size), size]
        const proof = from > to ? [] : trees[other]!.proof(from, to)
        const decision = consider(witness.last, { oldSize, proof }, next)
        if (decision.outcome !== 'cosign') continue
        expect(next.size).toBeGreaterThanOrEqual(witness.last?.size ?? 0)
        cosigned.push(next)
        witness.last = next
      }
      const continues = (one: (typeof trees)[number]) =>
        cosigned.every(({ size, root: seen }) => Buffer.compare(one.at(size).root, seen) === 0)
      expect(trees.some(continues)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a log that proves what it says is always cosigned, an empty one too', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(40), (one, other) => {
      const [size1, size2] = [Math.min(one, other), Math.max(one, other)]
      const proof = size1 === size2 ? [] : honest.proof(size1, size2)
      const known = { ...honest.at(size1), root: size1 === 0 ? emptyRoot : honest.at(size1).root }
      expect(consider(known, { oldSize: size1, proof }, honest.at(size2)).outcome).toBe('cosign')
    }),
    { numRuns: 200 },
  )
})

test('a witness keeps its key and its name for good', async () => {
  const folder = await newFolder()
  const made = await openIdentity(folder, { given: 'w1.test', otherwise: 'host' })
  expect(made.vkey).toMatch(/^w1\.test\+[0-9a-f]{8}\+B/)
  expect((await stat(join(folder, 'witness.key'))).mode & 0o777).toBe(0o600)
  expect((await openIdentity(folder, { given: null, otherwise: 'another-host' })).vkey).toBe(made.vkey)
  await expect(openIdentity(folder, { given: 'w2.test', otherwise: 'host' })).rejects.toThrow('called w1.test for good')
  await chmod(join(folder, 'witness.key'), 0o644)
  await expect(openIdentity(folder, { given: null, otherwise: 'host' })).rejects.toThrow('may be read by others')
  await rm(join(folder, 'witness.key'))
  await expect(openIdentity(folder, { given: null, otherwise: 'host' })).rejects.toThrow('does not belong')
  await expect(openIdentity(await newFolder(), { given: 'a b', otherwise: 'host' })).rejects.toThrow('without blanks')
})
