import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointText, openCheckpoint, readCheckpointHead } from './checkpoint.ts'
import { cosign, cosignatureOf, isCosignedAtMost } from './cosignature.ts'
import { readVkey, signNote, vkeyOf } from './note.ts'

function keyFrom(seed: number, name: string) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { name, privateKey, publicKey: createPublicKey(privateKey) }
}

const log = keyFrom(1, 'example.com/log')
const witness = keyFrom(2, 'witness.example/w1')
const text = checkpointText({ origin: log.name, size: 7, root: Buffer.alloc(32, 3) })
const note = signNote(text, log.name, log.privateKey)
const time = 1_679_315_147
const line = cosign(text, witness.name, { privateKey: witness.privateKey, time })

test('a cosignature is, byte for byte, what C2SP tlog-cosignature says', () => {
  const raw = Buffer.from(witness.publicKey.export({ format: 'jwk' }).x!, 'base64url')
  const typed = Buffer.concat([Buffer.from([4]), raw])
  const id = createHash('sha256').update(`${witness.name}\n`).update(typed).digest().subarray(0, 4)
  const message = `cosignature/v1\ntime 1679315147\nexample.com/log\n7\n${Buffer.alloc(32, 3).toString('base64')}\n`
  const stamp = Buffer.from('00000000641850cb', 'hex')
  const signature = sign(null, Buffer.from(message), witness.privateKey)
  expect(line).toBe(`— witness.example/w1 ${Buffer.concat([id, stamp, signature]).toString('base64')}\n`)
  expect(vkeyOf(witness, 'cosignature')).toBe(`${witness.name}+${id.toString('hex')}+${typed.toString('base64')}`)
  expect(readVkey(vkeyOf(witness, 'cosignature'), 'cosignature')?.publicKey.equals(witness.publicKey)).toBe(true)
})

test('a key for notes is none for cosignatures, and the other way round', () => {
  expect(readVkey(vkeyOf(witness), 'cosignature')).toBeNull()
  expect(readVkey(vkeyOf(witness, 'cosignature'))).toBeNull()
  expect(
    cosignatureOf(`${text}\n${signNote(text, witness.name, witness.privateKey).split('\n\n')[1]}`, witness),
  ).toBeNull()
})

test('below a checkpoint it is found by its key, and the log’s own signature still opens it', () => {
  const cosigned = note + line
  expect(cosignatureOf(cosigned, witness)).toEqual({ time, line })
  expect(cosignatureOf(note, witness)).toBeNull()
  expect(cosignatureOf(cosigned, { ...witness, name: 'witness.example/w2' })).toBeNull()
  expect(openCheckpoint(cosigned, log)).toMatchObject({ checkpoint: { size: 7 } })
  const later = cosign(text, witness.name, { privateKey: witness.privateKey, time: time + 1 })
  expect(cosignatureOf(cosigned + later, witness)).toEqual({ time: time + 1, line: later })
})

test('of another text, another time or another log it is none', () => {
  const bytes = Buffer.from(line.trim().split(' ')[2]!, 'base64')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at]! + by) % 256
      expect(cosignatureOf(`${note}— ${witness.name} ${changed.toString('base64')}\n`, witness)).toBeNull()
    }),
    { numRuns: 100 },
  )
  expect(cosignatureOf(signNote(text.replace('\n7\n', '\n8\n'), log.name, log.privateKey) + line, witness)).toBeNull()
})

test('what may be cosignatures can stand below a note without being known; anything else cannot', () => {
  expect(isCosignedAtMost(note, log)).toBe(true)
  expect(isCosignedAtMost(note + line, log)).toBe(true)
  expect(isCosignedAtMost(note + signNote(text, 'x', witness.privateKey).split('\n\n')[1], log)).toBe(false)
  expect(isCosignedAtMost(`${text}\n${line}`, log)).toBe(false)
  expect(isCosignedAtMost(`${text}\n${line}${note.split('\n\n')[1]}`, log)).toBe(false)
})

test('a checkpoint with lines of its own can be witnessed, but is not one of ours', () => {
  const more = `${text}extension\n`
  expect(readCheckpointHead(more)).toMatchObject({ size: 7 })
  expect(readCheckpointHead(`${text}\n`)).toBeNull()
  expect(openCheckpoint(signNote(more, log.name, log.privateKey), log)).toMatchObject({
    problem: 'the signed text is not a checkpoint',
  })
})
