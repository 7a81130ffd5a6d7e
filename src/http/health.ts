import type { FastifyInstance } from 'fastify'
import { Refusal, type Problem } from '../core/refusal.ts'
import type { Surroundings } from './surroundings.ts'

const patienceMilliseconds = 2000

/** Serves `/healthz` (the process answers) and `/readyz` (everything it needs works; 503 otherwise), for whoever asks. */
export function serveHealth(server: FastifyInstance, checks: Surroundings['checks']): void {
  let underWay: Promise<Problem[]> | null = null
  // However many ask at once, each thing is checked once.
  const problems = () => (underWay ??= checkAll(checks).finally(() => (underWay = null)))

  server.get('/healthz', async () => ({ status: 'ok' }))
  server.get('/readyz', async () => {
    const found = await problems()
    if (found.length === 0) return { status: 'ready', checks: Object.keys(checks) }
    const what = found.map(({ at }) => at).join(', ')
    throw new Refusal('unavailable', `not ready: ${what}`, { reason: 'not_ready', problems: found })
  })
}

async function checkAll(checks: Surroundings['checks']): Promise<Problem[]> {
  const found = await Promise.all(Object.entries(checks).map(([at, check]) => problemOf(at, check)))
  return found.flat()
}

async function problemOf(at: string, check: () => Promise<unknown>): Promise<Problem[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(
      () => refuse(new Error(`no answer within ${patienceMilliseconds / 1000} s`)),
      patienceMilliseconds,
    )
  })
  try {
    await Promise.race([check(), late])
    return []
  } catch (error) {
    return [{ at, message: error instanceof Error ? error.message : String(error) }]
  } finally {
    clearTimeout(timer)
  }
}
