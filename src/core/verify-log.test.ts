import { createPrivateKey, createPublicKey } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointText } from './checkpoint.ts'
import { cosign } from './cosignature.ts'
import { append, emptyFrontier, leafHash, rootOf } from './merkle.ts'
import { signNote } from './note.ts'
import { verifyLog, type ExportedEntry } from './verify-log.ts'

function keyFrom(seed: number) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { name: 'example.com/log', privateKey, publicKey: createPublicKey(privateKey) }
}

const key = keyFrom(1)
const entry = (index: number, body = `{"n":${index}}`): ExportedEntry => ({ index, body, leaf: leafHash(body) })

/** A log of those entries with a checkpoint at each of those sizes. */
function logOf(bodies: string[], sizes: number[], signer = key) {
  const frontier = emptyFrontier()
  const checkpoints: string[] = []
  for (const body of bodies) {
    append(frontier, leafHash(body))
    if (!sizes.includes(frontier.size)) continue
    const text = checkpointText({ origin: key.name, size: frontier.size, root: rootOf(frontier) })
    checkpoints.push(signNote(text, signer.name, signer.privateKey))
  }
  return { entries: bodies.map((body, index) => entry(index, body)), checkpoints }
}

const bodies = (count: number) => Array.from({ length: count }, (_, index) => `{"n":${index}}`)
const log = logOf(bodies(20), [5, 12, 20])

async function* streamed<Value>(values: Value[]): AsyncGenerator<Value> {
  yield* values
}

const verify = ({ entries = log.entries, checkpoints = log.checkpoints, held = [] as string[] }) =>
  verifyLog({ entries: streamed(entries), checkpoints: streamed(checkpoints), held, key })

/** The entries renumbered from zero, as someone would who hides that one is missing. */
const renumbered = (entries: ExportedEntry[]) => entries.map((one, index) => ({ ...one, index }))
const at = (index: number, violates: string) => expect.objectContaining({ ok: false, index, violates }) as object

test('an untouched log is what it was, with every checkpoint it signed and every one that was kept', async () => {
  expect(await verify({ held: [log.checkpoints[1]!, log.checkpoints[0]!] })).toMatchObject({
    ok: true,
    size: 20,
    checkpoints: 3,
  })
  expect(await verify({ entries: [], checkpoints: [] })).toMatchObject({ ok: true, size: 0, checkpoints: 0 })
})

test('a changed entry is named', async () => {
  const entries = log.entries.with(7, { ...log.entries[7]!, body: '{"n":8}' })
  expect(await verify({ entries })).toEqual(at(7, 'integrity'))
})

test('a deleted entry is named, and so is the place of one that was hidden by renumbering', async () => {
  expect(await verify({ entries: log.entries.toSpliced(7, 1) })).toEqual(at(7, 'completeness'))
  const leaves = log.entries.map(({ leaf }) => leaf)
  const hidden = renumbered(log.entries.toSpliced(7, 1)).map((one, index) => ({ ...one, leaf: leaves[index]! }))
  expect(await verify({ entries: hidden })).toEqual(at(7, 'integrity'))
})

test('entries in another order or twice are named', async () => {
  expect(await verify({ entries: log.entries.with(3, log.entries[4]!).with(4, log.entries[3]!) })).toEqual(
    at(3, 'completeness'),
  )
  expect(await verify({ entries: log.entries.toSpliced(4, 0, log.entries[3]!) })).toEqual(at(3, 'integrity'))
})

test('a log that ends before a checkpoint it signed, or one that was kept, lacks what comes next', async () => {
  expect(await verify({ entries: log.entries.slice(0, 18) })).toEqual(at(18, 'completeness'))
  const shorter = { entries: log.entries.slice(0, 12), checkpoints: log.checkpoints.slice(0, 2) }
  expect(await verify(shorter)).toMatchObject({ ok: true })
  expect(await verify({ ...shorter, held: [log.checkpoints[2]!] })).toEqual(at(12, 'completeness'))
})

test('entries below no signed checkpoint count for nothing', async () => {
  expect(await verify({ entries: [...log.entries, entry(20)] })).toEqual(at(20, 'integrity'))
  expect(await verify({ checkpoints: [] })).toEqual(at(0, 'integrity'))
})

test('a log whose hashes were all made anew is proven only up to the last checkpoint before the change', async () => {
  const forged = logOf(bodies(20).with(7, '{"n":"other"}'), [])
  expect(await verify({ entries: forged.entries })).toEqual(at(5, 'integrity'))
  expect(await verify({ entries: forged.entries, held: [logOf(bodies(7), [7]).checkpoints[0]!] })).toEqual(
    at(7, 'integrity'),
  )
})

test('a log that was signed anew with another key is not the one that was kept', async () => {
  const forged = logOf(bodies(20).with(7, '{"n":"other"}'), [5, 12, 20], keyFrom(2))
  expect(await verify(forged)).toEqual(at(0, 'consistency'))
  expect(await verify({ ...log, held: [forged.checkpoints[0]!] })).toEqual(at(0, 'consistency'))
  expect(await verify({ ...log, checkpoints: [log.checkpoints[0]!, forged.checkpoints[1]!] })).toEqual(
    at(5, 'consistency'),
  )
})

test('two histories under the same key are found by who kept a checkpoint of the other', async () => {
  const fork = logOf(bodies(25).with(14, '{"n":"other"}'), [5, 12, 20, 25])
  expect(await verify(fork)).toMatchObject({ ok: true })
  expect(await verify({ ...fork, held: log.checkpoints })).toEqual(at(12, 'consistency'))
  expect(await verify({ ...log, held: [fork.checkpoints[1]!, fork.checkpoints[2]!] })).toEqual(at(12, 'consistency'))
  expect(await verify({ ...log, checkpoints: [...log.checkpoints, fork.checkpoints[2]!] })).toEqual(
    at(20, 'consistency'),
  )
})

test('whatever is changed, it is found, and nothing is called proven that comes after', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
      fc.nat(),
      fc.constantFrom('change', 'delete', 'insert', 'swap', 'truncate'),
      fc.boolean(),
      async (count, cuts, seed, act, rebuilt) => {
        const sizes = [...cuts.filter((size) => size < count), count]
        const whole = logOf(bodies(count), sizes)
        const place = seed % count
        const changed = [...whole.entries]
        if (act === 'change') changed[place] = entry(place, '{"n":"other"}')
        if (act === 'delete') changed.splice(place, 1)
        if (act === 'insert') changed.splice(place, 0, entry(place, '{"n":"more"}'))
        if (act === 'truncate') changed.length = place
        if (act === 'swap') changed.push(...changed.splice(place, 1))
        fc.pre(act !== 'swap' || place < count - 1)
        const entries = rebuilt ? renumbered(changed) : changed
        const verdict = await verify({ entries, checkpoints: whole.checkpoints })
        const provenSize = Math.max(0, ...sizes.filter((size) => size <= place))
        expect(verdict).toMatchObject({ ok: false, proven: provenSize })
        const { index } = verdict as { index: number }
        expect(index).toBeGreaterThanOrEqual(provenSize)
        expect(rebuilt || index <= place).toBe(true)
      },
    ),
  )
})

const witnessKey = keyFrom(2)
const witness = { name: 'w.test', publicKey: witnessKey.publicKey }
const time = 1_700_000_000
const cosigned = (note: string) =>
  note + cosign(note.slice(0, note.indexOf('\n\n') + 1), witness.name, { privateKey: witnessKey.privateKey, time })
const witnessed = (checkpoints: string[], held: string[] = []) =>
  verifyLog({ entries: streamed(log.entries), checkpoints: streamed(checkpoints), held, key, witnesses: [witness] })

test('A30 a witness that is named must have cosigned the log to its end, in the log or in what was kept', async () => {
  const [first, second, last] = log.checkpoints as [string, string, string]
  const whole = { ok: true, size: 20, witnesses: [{ name: 'w.test', size: 20, time }] }
  expect(await witnessed([first, second, cosigned(last)])).toMatchObject(whole)
  expect(await witnessed([cosigned(first), second, cosigned(last)])).toMatchObject(whole)
  expect(await witnessed([first, second, last], [cosigned(last)])).toMatchObject(whole)
  expect(await witnessed([first, cosigned(second), last])).toMatchObject({
    ok: false,
    violates: 'witnesses',
    index: 12,
    proven: 12,
    reason: expect.stringContaining('only its first 12 entries, at 2023-11-14T22:13:20.000Z'),
  })
  expect(await witnessed([first, second, last])).toEqual(at(0, 'witnesses'))
  expect(await witnessed([first, second, `${last}${cosigned(first).slice(first.length)}`])).toEqual(at(0, 'witnesses'))
})
