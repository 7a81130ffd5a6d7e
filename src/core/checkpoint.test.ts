import { createPrivateKey, createPublicKey } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointText, openCheckpoint, readCheckpointText } from './checkpoint.ts'
import { emptyRoot } from './merkle.ts'
import { signNote } from './note.ts'

const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const key = { name: 'example.com/log', publicKey: createPublicKey(privateKey) }
const checkpoint = { origin: key.name, size: 0, root: emptyRoot }

test('what is written is read again, for every size that a log can have', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
      const whole = { origin: key.name, size, root: Buffer.from(root) }
      expect(readCheckpointText(checkpointText(whole))).toEqual(whole)
    }),
  )
})

test('only one spelling of a checkpoint is read', () => {
  const text = checkpointText({ ...checkpoint, size: 12 })
  expect(readCheckpointText(text)?.size).toBe(12)
  const wrong = [
    text.replace('\n12\n', '\n012\n'),
    text.replace('\n12\n', '\n+12\n'),
    text.replace('\n12\n', '\n12 \n'),
    text.replace('\n12\n', '\n1e1\n'),
    text.replace('\n12\n', '\n9007199254740992\n'),
    text.replace('\n12\n', '\n18446744073709551616\n'),
    text.replace('=\n', '\n'),
    text.replace('example.com/log', ''),
    `${text}an extension\n`,
    text.slice(0, -1),
    '',
  ]
  expect(wrong.filter((one) => readCheckpointText(one) !== null)).toEqual([])
})

test('a checkpoint opens only when this log has signed it', () => {
  const note = signNote(checkpointText(checkpoint), key.name, privateKey)
  expect(openCheckpoint(note, key)).toEqual({ checkpoint })
  expect(openCheckpoint(note.replace('\n0\n', '\n1\n'), key)).toHaveProperty('problem')
  const ofAnother = signNote(checkpointText({ ...checkpoint, origin: 'example.com/other' }), key.name, privateKey)
  expect(openCheckpoint(ofAnother, key)).toEqual({
    problem: 'a checkpoint of example.com/other, not of example.com/log',
  })
  const ofNothing = signNote('hello\n', key.name, privateKey)
  expect(openCheckpoint(ofNothing, key)).toEqual({ problem: 'the signed text is not a checkpoint' })
})
