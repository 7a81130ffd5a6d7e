import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointText } from './checkpoint.ts'
import { cosign } from './cosignature.ts'
import { canonical } from './digest.ts'
import { proofText, readProof, verifyProof } from './log-proof.ts'
import { append, emptyFrontier, joined, leafHash, rootOf } from './merkle.ts'
import { inclusionSpans } from './merkle-path.ts'
import { readVkey, signNote, vkeyOf } from './note.ts'

const name = 'log.test/lockflight'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const vkey = vkeyOf({ name, publicKey })
const promotion = 'promotion-1'

const bodies = Array.from({ length: 21 }, (_, number) =>
  canonical({
    id: `entry-${number}`,
    type: 'gate.passed',
    project: 'shop',
    environment: 'prod',
    subject: number % 4 === 0 ? promotion : 'another',
    actor: 'ana@local',
    at: '2026-01-01T00:00:00.000Z',
    data: { reason: 'Größe \u202e ok' },
  }),
)

/** The root over a span of leaves, the slow way. */
function rootOver(start: number, end: number) {
  const frontier = emptyFrontier()
  for (const body of bodies.slice(start, end)) append(frontier, leafHash(body))
  return joined(frontier.peaks)
}

const frontier = emptyFrontier()
for (const body of bodies) append(frontier, leafHash(body))
const checkpoint = signNote(
  checkpointText({ origin: name, size: bodies.length, root: rootOf(frontier) }),
  name,
  privateKey,
)
const entries = [0, 4, 8, 20].map((index) => ({
  index,
  body: bodies[index]!,
  proof: inclusionSpans(index, bodies.length).map(({ start, end }) =>
    Buffer.from(rootOver(start, end)).toString('base64'),
  ),
}))
const file = proofText({ promotion, vkey, checkpoint, entries })
const check = (text: string, key?: string) =>
  verifyProof(readProof(text), key === undefined ? undefined : readVkey(key)!)
const refused = expect.objectContaining({ code: 'unprocessable', reason: 'proof_invalid' }) as Error

test('a proof holds with the key in it and with the one that is given, and is plain ASCII', () => {
  const found = check(file, vkey)
  expect(found).toEqual(check(file))
  expect(found).toMatchObject({ promotion, checkpoint: { origin: name, size: 21 } })
  expect(found.entries.map(({ index, entry }) => [index, entry.type])).toEqual(
    entries.map(({ index }) => [index, 'gate.passed']),
  )
  // oxlint-disable-next-line no-control-regex -- a line end is the only one that may be there
  expect(file).toMatch(/^[\x0a\x20-\x7e]*$/)
})

/** Where every text and number of a JSON value is. */
function leavesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inside]) => leavesOf(inside, [...path, key]))
}

function withLeaf(text: string, path: (string | number)[], change: (leaf: unknown) => unknown): string {
  const json = JSON.parse(text) as Record<string | number, never>
  const [last, parent] = [path.at(-1)!, path.slice(0, -1).reduce((node, key) => node[key]!, json)]
  parent[last] = change(parent[last]) as never
  // The writer’s own spelling: what is refused is refused for what it says.
  return proofText(json as never).replace(/"format": "[^"]*"/, () => `"format": ${JSON.stringify(json['format'])}`)
}

const leaves = leavesOf(JSON.parse(file))

test.each(leaves.map((path) => [path.join('.'), path] as const))(
  'A15 A30 a proof with another %s is refused',
  (_, path) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 0x5e }), (place, by) => {
        const changed = withLeaf(file, path, (leaf) => {
          if (typeof leaf === 'number') return leaf + ((place % 40) + 1) * (by % 2 === 0 ? 1 : -1)
          const text = String(leaf)
          const at = place % text.length
          return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) + by) % 0x7f) + text.slice(at + 1)
        })
        expect(() => check(changed)).toThrow(refused)
      }),
      { numRuns: 60 },
    )
  },
)

test.each([
  ['a key nobody knows', (text: string) => text.replace('{\n', '{\n  "more": 1,\n')],
  ['a key twice', (text: string) => text.replace('{\n', '{\n  "promotion": "another",\n')],
  ['blanks elsewhere', (text: string) => text.replace(': ', ':  ')],
  ['the same text spelt otherwise', (text: string) => text.replace('"promotion"', '"\\u0070romotion"')],
  ['no newline at its end', (text: string) => text.trimEnd()],
  ['more behind its end', (text: string) => `${text}{}`],
  ['no entries', (text: string) => text.replace(/"entries": \[[^]*\n {2}\]/, '"entries": []')],
  ['no JSON', () => 'proof'],
])('A15 a proof with %s is refused', (_, change) => {
  const changed = change(file)
  expect(changed).not.toBe(file)
  expect(() => check(changed)).toThrow(refused)
})

test('entries twice, out of order, or about another promotion are refused', () => {
  const proof = { promotion, vkey, checkpoint, entries }
  expect(() => check(proofText({ ...proof, entries: [entries[0]!, entries[0]!] }))).toThrow('comes after entry 0')
  expect(() => check(proofText({ ...proof, entries: entries.toReversed() }))).toThrow('comes after')
  expect(() => check(proofText({ ...proof, promotion: 'another' }))).toThrow('is about promotion-1, not about another')
})

test('a log that someone else signed is refused by whoever has the key, and so is a signature nobody checks', () => {
  const other = generateKeyPairSync('ed25519')
  const [text] = checkpoint.split('\n\n')
  const forged = {
    promotion,
    vkey: vkeyOf({ name, publicKey: other.publicKey }),
    checkpoint: signNote(`${text}\n`, name, other.privateKey),
    entries,
  }
  expect(check(proofText(forged))).toMatchObject({ promotion })
  expect(() => check(proofText(forged), vkey)).toThrow('not with the one that was given')
  const more = `${checkpoint}${signNote(`${text}\n`, 'someone', other.privateKey).split('\n\n')[1]}`
  expect(() => check(proofText({ promotion, vkey, checkpoint: more, entries }))).toThrow('nothing here can check')
})

test('a proof carries the cosignatures of its checkpoint, and whoever knows a witness can demand one', () => {
  const witness = generateKeyPairSync('ed25519')
  const known = { name: 'w.test', publicKey: witness.publicKey }
  const line = cosign(checkpoint.split('\n\n')[0]! + '\n', 'w.test', {
    privateKey: witness.privateKey,
    time: 1_700_000_000,
  })
  const cosigned = readProof(proofText({ promotion, vkey, checkpoint: checkpoint + line, entries }))
  const key = readVkey(vkey)!
  expect(verifyProof(cosigned, key, [known]).witnesses).toEqual([{ name: 'w.test', size: 21, time: 1_700_000_000 }])
  expect(verifyProof(cosigned, key).witnesses).toEqual([])
  expect(() => verifyProof(readProof(file), key, [known])).toThrow('not cosigned by the witness w.test')
  const another = { ...known, publicKey: generateKeyPairSync('ed25519').publicKey }
  expect(() => verifyProof(cosigned, key, [another])).toThrow('not cosigned by the witness w.test')
})
