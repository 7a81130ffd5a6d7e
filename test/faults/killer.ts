import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { descendantsOf, kill, send } from '../rig/processes.ts'
import type { World } from './world.ts'

/** What was killed, and how often; `frozen` is how often a server was stopped for longer than its lease and woke again (F05, A34). */
export type Kills = Record<'server' | 'process' | 'postgres' | 'witness' | 'frozen', number>

/** Kills servers, what they started, the witness and PostgreSQL, and freezes servers, at moments and in an order that the seed decides, until the signal aborts. */
export async function killAtRandom(world: World, chance: Chance, signal: AbortSignal): Promise<Kills> {
  const kills: Kills = { server: 0, process: 0, postgres: 0, witness: 0, frozen: 0 }
  let thaw = Promise.resolve()
  let isFrozen = false
  while (!signal.aborted) {
    await pause(chance.between(300, 2500), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) break
    const kinds = ['server', 'server', 'process', 'process', 'process', 'postgres', 'witness', 'frozen'] as const
    const kind = chance.pick(kinds) ?? 'server'
    const server = chance.pick(world.servers)
    if (kind === 'frozen') {
      if (isFrozen || !server?.process.pid) continue
      isFrozen = true
      kills.frozen += 1
      thaw = freeze(server.process.pid, chance.between(12, 18)).finally(() => (isFrozen = false))
      continue
    }
    const victim = victimOf(kind, world, server?.process.pid ?? 0, chance)
    if (victim === undefined) continue
    kill(victim)
    kills[kind] += 1
  }
  await thaw
  return kills
}

/** Longer than a worker may be silent, so that another one has taken its work when it goes on. */
async function freeze(pid: number, seconds: number): Promise<void> {
  send(pid, 'SIGSTOP')
  await pause(seconds * 1000)
  send(pid, 'SIGCONT')
}

function victimOf(
  kind: Exclude<keyof Kills, 'frozen'>,
  world: World,
  server: number,
  chance: Chance,
): number | undefined {
  switch (kind) {
    case 'server':
      return server === 0 ? undefined : server
    case 'process':
      return chance.pick(descendantsOf(server))
    case 'witness':
      return world.witness.process.pid
    case 'postgres':
      return chance.pick([world.postgresPid(), ...descendantsOf(world.postgresPid())])
  }
}
