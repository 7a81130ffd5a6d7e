import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readVkey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import type { RunningWitness, WitnessOptions } from '../core/witness.ts'
import { serveWitness } from './serve-witness.ts'
import { openIdentity } from './witness-identity.ts'
import { openWitness } from './witness.ts'

/** Starts a witness in this process; it needs no database and no server. */
export async function startWitness({ folder, name, logs, listen, report }: WitnessOptions): Promise<RunningWitness> {
  const keys = logs.map(readLogKey)
  const memory = join(folder, 'logs')
  await mkdir(memory, { recursive: true, mode: 0o700 })
  const { vkey, ...identity } = await openIdentity(folder, { given: name, otherwise: `witness.${hostname()}` })
  const now = () => Math.floor(Date.now() / 1000)
  const witness = await openWitness({ folder: memory, ...identity, logs: keys, now, report })
  const server = serveWitness(witness, report)
  server.listen(listen)
  await once(server, 'listening').catch((cause: Error) => {
    const where = `${listen.host}:${listen.port}`
    throw new Refusal('unavailable', `cannot answer at ${where} (${cause.message}); choose another with --listen`, {
      cause,
    })
  })
  const { family, address, port } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    vkey,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

function readLogKey(vkey: string) {
  const key = readVkey(vkey)
  if (!key) throw new Refusal('invalid', `expected the key of a log, name+id+base64; found ${vkey}`)
  if (encodeURIComponent(key.name).length <= 200) return key
  throw new Refusal('invalid', `expected the key of a log with a shorter name; found ${vkey}`)
}
