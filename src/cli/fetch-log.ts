import type { Client } from '../client.ts'
import type { SignedCheckpoint } from '../core/checkpoint.ts'
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
  for await (const checkpoint of fetchCheckpointsAbove(client, 0)) {
    if (checkpoint.size >= size) return
    yield checkpoint.note
  }
}

/** Every one above that size, the smallest first. */
export async function* fetchCheckpointsAbove(client: Client, size: number): AsyncGenerator<SignedCheckpoint> {
  for (let above = size; ;) {
    const { items, done } = await client.listCheckpoints({ above })
    yield* items
    above = items.at(-1)?.size ?? above
    if (done) return
  }
}

/** The first entries of the server’s log with the hashes its tree has for them, a bundle at a time; ends before the first one that is not there. */
export async function* fetchEntries(client: Client, size: number): AsyncGenerator<ExportedEntry> {
  for (let index = 0; index * tileWidth < size; index++) {
    const first = index * tileWidth
    const width = Math.min(tileWidth, size - first)
    const [bodies, tile] = await Promise.all([
      fetchBundle(client, index, width),
      ifThere(client.read(`/log/tile/${tilePath(0, index, width)}`)),
    ])
    const leaves = tile ? hashesIn(tile) : []
    for (const [at, body] of bodies.entries()) {
      yield { index: first + at, body: Buffer.from(body).toString(), leaf: leaves[at] ?? null }
    }
    if (bodies.length < width) return
  }
}

/** That many entries of a bundle, or those before the first that is missing: a narrower bundle still has them. */
async function fetchBundle(client: Client, index: number, width: number): Promise<Uint8Array[]> {
  const read = async (count: number) => {
    const bundle = await ifThere(client.read(`/log/tile/${tilePath('entries', index, count)}`))
    const bodies = bundle && entriesIn(bundle, count)
    if (bundle && !bodies) {
      throw new Refusal('unprocessable', `the server’s bundle ${index} of ${count} entries is not one`)
    }
    return bodies
  }
  let found = await read(width)
  if (found) return found
  let [there, missing] = [0, width]
  while (missing - there > 1) {
    const middle = Math.floor((there + missing) / 2)
    const bodies = await read(middle)
    if (bodies) [there, found] = [middle, bodies]
    else missing = middle
  }
  return found ?? []
}

async function ifThere(reading: Promise<Buffer>): Promise<Buffer | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return null
    throw error
  }
}
