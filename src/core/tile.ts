import { hashSize, type Hash } from './merkle.ts'

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256

/** The largest entry in bytes that a bundle's 16-bit length can say. */
export const maxEntryBytes = 0xffff

/** A tile's place: its level counts tiles, so a hash at level `l` stands for 256^l leaves. */
export interface TileId {
  level: number
  index: number
}

/** A tile as far as a tree of some size fills it. */
export interface TileExtent extends TileId {
  width: number
}

/** How many hashes a tree of that size has at a level of tiles. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / tileWidth ** level)
}

/** The last tile of each level that a tree of that size has, lowest level first; it may be full. */
export function lastTiles(size: number): TileExtent[] {
  const tiles: TileExtent[] = []
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const count = hashesAt(level, size)
    const index = Math.ceil(count / tileWidth) - 1
    tiles.push({ level, index, width: count - index * tileWidth })
  }
  return tiles
}

/** The hashes of a tile one by one. */
export function hashesIn(tile: Uint8Array): Hash[] {
  return Array.from({ length: tile.length / hashSize }, (_, at) => tile.subarray(at * hashSize, (at + 1) * hashSize))
}

/** Entries one after the other, each behind its length as a big-endian 16-bit number. */
export function entryBundle(entries: Uint8Array[]): Uint8Array {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > maxEntryBytes)
        throw new RangeError(`an entry of ${entry.length} bytes, at most ${maxEntryBytes}`)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(entry.length)
      return [length, entry]
    }),
  )
}

/** The entries of a bundle; null when it does not hold exactly that many. */
export function entriesIn(bundle: Uint8Array, count: number): Uint8Array[] | null {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const entries: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) return null
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  return at === bytes.length && entries.length === count ? entries : null
}

/** The path below `tile/` of a tile of hashes or a bundle of entries, as C2SP tlog-tiles spells it. */
export function tilePath(level: number | 'entries', index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
  const groups = digits.match(/[0-9]{3}/g) ?? []
  const places = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group))
  return `${level}/${places.join('/')}${width < tileWidth ? `.p/${width}` : ''}`
}

/** What a path below `tile/` names: `0/x001/234.p/5` or `entries/067`; null unless spelt exactly as C2SP tlog-tiles says. */
export function readTilePath(path: string): { level: number | 'entries'; index: number; width: number } | null {
  const [, level, parents, last, width] =
    /^(entries|0|[1-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,4})([0-9]{3})(?:\.p\/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$/.exec(
      path,
    ) ?? []
  if (level === undefined || parents === undefined || last === undefined || parents.startsWith('x000')) return null
  return {
    level: level === 'entries' ? level : Number(level),
    index: Number(parents.replaceAll(/[x/]/g, '') + last),
    width: width === undefined ? tileWidth : Number(width),
  }
}
