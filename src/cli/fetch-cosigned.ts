import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../client.ts'
import { cosignatureOf } from '../core/cosignature.ts'
import type { VerifierKey } from '../core/note.ts'
import { fetchCheckpoint, fetchCheckpointsAbove } from './fetch-log.ts'

const patienceMilliseconds = 3000
const lookMilliseconds = 250

/** The server's newest checkpoint, as a note; with witnesses, the first one from there on that all of them have cosigned, or that newest one when they take too long. */
export async function fetchCosigned(client: Client, witnesses: VerifierKey[]): Promise<string> {
  const newest = await fetchCheckpoint(client)
  const isCosigned = (note: string) => witnesses.every((witness) => cosignatureOf(note, witness) !== null)
  if (isCosigned(newest)) return newest
  const size = Number(newest.split('\n')[1])
  const deadline = performance.now() + patienceMilliseconds
  while (performance.now() < deadline) {
    await pause(lookMilliseconds)
    for await (const { note } of fetchCheckpointsAbove(client, size - 1)) if (isCosigned(note)) return note
  }
  return newest
}
