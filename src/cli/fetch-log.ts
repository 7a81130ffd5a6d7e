import type { Client } from '../client.ts'
import { Refusal } from '../core/refusal.ts'
import { entriesIn, hashesIn, tilePath, tileWidth } from '../core/tile.ts'
import type { ExportedEntry } from '../core/verify-log.ts'

/** The key that verifies the server's log, as it says itself: a vkey. */
export async function fetchKey(client: Client): Promise<string> {
  return (await fetchBytes(client, '/log/key')).toString().trim()
}

/** The server's newest checkpoint, a note. */
export async function fetchCheckpoint(client: Client): Promise<string> {
  return (await fetchBytes(client, '/log/checkpoint')).toString()
}

/** The first entries of the server's log with the hashes its tree has for them, a bundle at a time. */
export async function* fetchEntries(client: Client, size: number): AsyncGenerator<ExportedEntry> {
  for (let index = 0; index * tileWidth < size; index++) {
    const first = index * tileWidth
    const width = Math.min(tileWidth, size - first)
    const [bundle, tile] = await Promise.all([
      fetchBytes(client, `/log/tile/${tilePath('entries', index, width)}`),
      fetchBytes(client, `/log/tile/${tilePath(0, index, width)}`),
    ])
    const leaves = hashesIn(tile)
    const bodies = entriesIn(bundle, width)
    if (!bodies) throw new Refusal('unprocessable', `the server’s bundle of the entries from ${first} on is not one`)
    for (const [at, body] of bodies.entries()) {
      yield { index: first + at, body: Buffer.from(body).toString(), leaf: leaves[at] ?? null }
    }
  }
}

async function fetchBytes(client: Client, path: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await client.open(path)) as AsyncIterable<Buffer>))
}
