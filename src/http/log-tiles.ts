import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { demand } from '../app/demand.ts'
import { installation } from '../core/access.ts'
import { Refusal } from '../core/refusal.ts'
import { readTilePath, tileWidth } from '../core/tile.ts'
import type { Desk } from './endpoints.ts'
import { admitTo } from './odd-one.ts'
import type { PublicLog } from './surroundings.ts'

const hashes = { name: 'verifyLog', method: 'GET', permission: 'authenticated', input: z.strictObject({}) } as const
const entries = { ...hashes, name: 'exportLog', permission: 'log.read' } as const

/**
 * Serves the log to verifiers as C2SP tlog-tiles says, below `/log`. Checkpoints and hashes give nothing away and are
 * for everyone known here; the entries themselves need `log.read` for the whole installation.
 */
export function serveLog(server: FastifyInstance, desk: Desk, log: PublicLog): void {
  server.get('/log/key', async (request, reply) => {
    await admitTo(desk, hashes, request, async () => undefined)
    return reply.type('text/plain; charset=utf-8').send(`${log.vkey}\n`)
  })
  server.get('/log/checkpoint', async (request, reply) => {
    const note = await admitTo(desk, hashes, request, () => log.checkpoint())
    return reply.type('text/plain; charset=utf-8').send(note)
  })
  server.get('/log/tile/*', async (request, reply) => {
    const { level, index, width } = tileIn(request)
    const bytes =
      level === 'entries'
        ? await admitTo(desk, entries, request, async ({ actor }) => {
            await desk.app.store.read((tx) => demand(desk.app, tx, actor, 'log.read', installation))
            return log.entries(index, width)
          })
        : await admitTo(desk, hashes, request, () => log.tile(level, index, width))
    // A full tile never changes again.
    if (width === tileWidth) reply.header('cache-control', 'private, max-age=31536000, immutable')
    return reply.type('application/octet-stream').send(Buffer.from(bytes))
  })
}

function tileIn({ params }: FastifyRequest): NonNullable<ReturnType<typeof readTilePath>> {
  const tile = readTilePath((params as { '*': string })['*'])
  if (tile) return tile
  throw new Refusal('not_found', 'expected the path of a tile as C2SP tlog-tiles spells it')
}
