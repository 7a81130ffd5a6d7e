import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { descendantsOf, kill } from './processes.ts'
import type { World } from './world.ts'

/** What was killed, and how often. */
export type Kills = Record<'server' | 'process' | 'postgres', number>

/** Kills servers, what they started, and PostgreSQL, at moments and in an order that the seed decides, until the signal aborts. */
export async function killAtRandom(world: World, chance: Chance, signal: AbortSignal): Promise<Kills> {
  const kills: Kills = { server: 0, process: 0, postgres: 0 }
  while (!signal.aborted) {
    await pause(chance.between(300, 2500), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    const kind = chance.pick(['server', 'server', 'process', 'process', 'process', 'postgres'] as const) ?? 'server'
    const server = chance.pick(world.servers)
    const victim = victimOf(kind, world, server?.process.pid ?? 0, chance)
    if (victim === undefined) continue
    kill(victim)
    kills[kind] += 1
  }
  return kills
}

function victimOf(kind: keyof Kills, world: World, server: number, chance: Chance): number | undefined {
  switch (kind) {
    case 'server':
      return server === 0 ? undefined : server
    case 'process':
      return chance.pick(descendantsOf(server))
    case 'postgres':
      return chance.pick([world.postgresPid(), ...descendantsOf(world.postgresPid())])
  }
}
