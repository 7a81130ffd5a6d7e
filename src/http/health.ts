import type { FastifyInstance } from 'fastify'
import { Refusal, type Problem } from '../core/refusal.ts'
import type { Surroundings } from './surroundings.ts'

const usualPatienceMilliseconds = 2000

/** Serves `/healthz` (the process answers) and `/readyz` (everything it needs works; 503 otherwise), for whoever asks. However many ask, and however long a check takes, none is begun again before it has ended. */
export function serveHealth(
  server: FastifyInstance,
  checks: Surroundings['checks'],
  patienceMilliseconds = usualPatienceMilliseconds,
): void {
  const looks = Object.entries(checks).map(([at, check]) => ({ at, look: oneAtATime(check) }))

  server.get('/healthz', async () => ({ status: 'ok' }))
  server.get('/readyz', async () => {
    const found = (await Promise.all(looks.map(({ at, look }) => problemOf(at, look, patienceMilliseconds)))).flat()
    if (found.length === 0) return { status: 'ready', checks: Object.keys(checks) }
    const what = found.map(({ at }) => at).join(', ')
    throw new Refusal('unavailable', `not ready: ${what}`, { reason: 'not_ready', problems: found })
  })
}

function oneAtATime(check: () => Promise<unknown>): () => Promise<unknown> {
  let underWay: Promise<unknown> | undefined
  return () =>
    (underWay ??= check().finally(() => {
      underWay = undefined
    }))
}

async function problemOf(at: string, look: () => Promise<unknown>, patienceMilliseconds: number): Promise<Problem[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(
      () => refuse(new Error(`no answer within ${patienceMilliseconds / 1000} s`)),
      patienceMilliseconds,
    )
  })
  try {
    await Promise.race([look(), late])
    return []
  } catch (error) {
    return [{ at, message: error instanceof Error ? error.message : String(error) }]
  } finally {
    clearTimeout(timer)
  }
}
