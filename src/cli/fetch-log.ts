import type { Client } from '../client.ts'
import { Refusal } from '../core/refusal.ts'
import { entriesIn, hashesIn, tilePath, tileWidth } from '../core/tile.ts'
import type { ExportedEntry } from '../core/verify-log.ts'

/** The key that verifies the server's log, as it says itself: a vkey. */
export async function fetchKey(client: Client): Promise<string> {
  return (await client.read('/log/key')).toString().trim()
}

/** The server's newest checkpoint, a note. */
export async function fetchCheckpoint(client: Client): Promise<string> {
  return (await client.read('/log/checkpoint')).toString()
}

/** Every checkpoint that the server's log has signed below that size, as notes, the smallest first. */
export async function* fetchCheckpointsBelow(client: Client, size: number): AsyncGenerator<string> {
  for (let above = 0; ;) {
    const { items, done } = await client.listCheckpoints({ above })
    for (const checkpoint of items) {
      if (checkpoint.size >= size) return
      yield checkpoint.note
      above = checkpoint.size
    }
    if (done) return
  }
}

/** The first entries of the server's log with the hashes its tree has for them, a bundle at a time. */
export async function* fetchEntries(client: Client, size: number): AsyncGenerator<ExportedEntry> {
  for (let index = 0; index * tileWidth < size; index++) {
    const first = index * tileWidth
    const width = Math.min(tileWidth, size - first)
    const [bundle, tile] = await Promise.all([
      client.read(`/log/tile/${tilePath('entries', index, width)}`),
      client.read(`/log/tile/${tilePath(0, index, width)}`),
    ])
    const leaves = hashesIn(tile)
    const bodies = entriesIn(bundle, width)
    if (!bodies) throw new Refusal('unprocessable', `the server’s bundle of the entries from ${first} on is not one`)
    for (const [at, body] of bodies.entries()) {
      yield { index: first + at, body: Buffer.from(body).toString(), leaf: leaves[at] ?? null }
    }
  }
}
