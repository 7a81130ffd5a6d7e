import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { entriesIn, entryBundle, lastTiles, readTilePath, tilePath } from './tile.ts'

test('the last tiles of a tree are those of the examples in the specification', () => {
  expect(lastTiles(0)).toEqual([])
  expect(lastTiles(256)).toEqual([
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ])
  expect(lastTiles(70_000)).toEqual([
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ])
})

test('paths are read as they are spelt, and in no other spelling', () => {
  expect(readTilePath('0/000')).toEqual({ level: 0, index: 0, width: 256 })
  expect(readTilePath('63/x001/x234/067')).toEqual({ level: 63, index: 1_234_067, width: 256 })
  expect(readTilePath('entries/x001/234.p/255')).toEqual({ level: 'entries', index: 1234, width: 255 })
  const wrong = [
    '0/0',
    '0/00',
    '0/0000',
    '00/000',
    '64/000',
    '-1/000',
    '0/x000/001',
    '0/001/002',
    '0/x001',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/01',
    '0/000.p/',
    '0/000/',
    '/0/000',
    '0/000\n',
    'entries',
    '../0/000',
  ]
  expect(wrong.filter((path) => readTilePath(path) !== null)).toEqual([])
})

test('a path that is written is read again', () => {
  const level = fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 }))
  const index = fc.integer({ min: 0, max: 1_234_567_890 })
  fc.assert(
    fc.property(level, index, fc.integer({ min: 1, max: 256 }), (...tile) => {
      const [at, number, width] = tile
      expect(readTilePath(tilePath(at, number, width))).toEqual({ level: at, index: number, width })
    }),
  )
  expect(tilePath('entries', 1_234_067, 5)).toBe('entries/x001/x234/067.p/5')
})

test('a bundle gives its entries back, and none when it was cut, lengthened or miscounted', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1 }), (entries) => {
      const bundle = entryBundle(entries)
      expect(entriesIn(bundle, entries.length)?.map((entry) => [...entry])).toEqual(entries.map((entry) => [...entry]))
      expect(entriesIn(bundle, entries.length + 1)).toBeNull()
      expect(entriesIn(bundle.subarray(0, -1), entries.length)).toBeNull()
      expect(entriesIn(Buffer.concat([bundle, Buffer.from([0])]), entries.length)).toBeNull()
    }),
  )
})

test('a bundle says the length of each entry, and refuses one that is longer than a length can say', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 })), (entries) => {
      let rest = Buffer.from(entryBundle(entries))
      for (const entry of entries) {
        expect(rest.readUInt16BE()).toBe(entry.length)
        expect(rest.subarray(2, 2 + entry.length)).toEqual(Buffer.from(entry))
        rest = rest.subarray(2 + entry.length)
      }
      expect(rest).toHaveLength(0)
    }),
  )
  expect(entryBundle([Buffer.alloc(0xffff)])).toHaveLength(2 + 0xffff)
  expect(() => entryBundle([Buffer.alloc(0x10000)])).toThrow(RangeError)
})
