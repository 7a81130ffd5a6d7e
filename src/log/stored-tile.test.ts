import { expect, test } from 'vitest'
import { append, emptyFrontier, leafHash, type Hash, type Subtree } from '../core/merkle.ts'
import { extendTiles } from './extend-tiles.ts'
import { hashesOf, nodeAt, nodesOver, placeOf, type StoredTile } from './stored-tile.ts'

const size = 1300
const leaves = Array.from({ length: size }, (_, index) => leafHash(`${index}`))

/** The tiles of all leaves, added in parts of that size. */
function tilesOf(part: number): Map<string, StoredTile> {
  const tiles = new Map<string, StoredTile>()
  const frontier = emptyFrontier()
  for (let at = 0; at < size; at += part) {
    const lastTiles: StoredTile[] = []
    for (const tile of tiles.values()) lastTiles[tile.level] = tile
    for (const tile of extendTiles({ checkpoint: null, frontier, lastTiles }, leaves.slice(at, at + part))) {
      tiles.set(`${tile.level}/${tile.index}`, tile)
    }
  }
  return tiles
}

test('every complete subtree is where its place says, however the leaves came in', () => {
  const complete: { subtree: Subtree; hash: Hash }[] = []
  const frontier = emptyFrontier()
  for (const leaf of leaves) append(frontier, leaf, (subtree, hash) => complete.push({ subtree, hash }))
  for (const part of [1, 7, 256, 300, size]) {
    const tiles = tilesOf(part)
    expect([...tiles.keys()].sort()).toEqual(['0/0', '0/1', '0/2', '0/3', '0/4', '0/5', '1/0'])
    for (const { subtree, hash } of complete) {
      const { level, index, position } = placeOf(subtree)
      expect(nodeAt(tiles.get(`${level}/${index}`)!.nodes, position)).toEqual(hash)
    }
  }
})

test('a tile gives back its hashes, and follows from them alone', () => {
  const tiles = tilesOf(100)
  expect(tiles.get('0/5')).toMatchObject({ width: 20 })
  expect(tiles.get('0/4')).toMatchObject({ width: 256 })
  expect(tiles.get('1/0')).toMatchObject({ width: 5 })
  expect(hashesOf(tiles.get('0/4')!.nodes, 256)).toEqual(Buffer.concat(leaves.slice(1024, 1280)))
  expect(hashesOf(tiles.get('0/4')!.nodes, 3)).toEqual(Buffer.concat(leaves.slice(1024, 1027)))
  for (const { nodes, width } of tiles.values()) expect(nodesOver(hashesOf(nodes, width))).toEqual(nodes)
})
