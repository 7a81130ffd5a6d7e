import { get } from 'node:http'
import { json } from 'node:stream/consumers'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../core/refusal.ts'
import { startProgram } from './detached.ts'
import { freePort } from './free-port.ts'
import { frontExits, listFronts, removeFrontRecord, runningFront } from './front-record.ts'
import { lastLines } from './output-file.ts'
import { stopGroup } from '../processes/stop-group.ts'

/** Makes sure that a front listens for this target and returns its port: the wanted one, or else the one it had, or else a free one. Refuses with `conflict` when the wanted port cannot be had. */
export async function ensureFront(
  target: string,
  { wanted, kept, place }: { wanted: number | undefined; kept: number | null; place: string },
): Promise<number> {
  if (wanted !== undefined) {
    const exit = await startFront(target, wanted)
    if (exit === null) return wanted
    const why = exit === frontExits.taken ? 'is used by another program' : 'is for root only'
    throw new Refusal(
      'conflict',
      `port ${wanted} of ${place} ${why}; free it, or set another \`port\` under \`deploy\``,
      {
        reason: 'port_taken',
      },
    )
  }
  for (let port = kept ?? (await freePort()); ; port = await freePort()) {
    if ((await startFront(target, port)) === null) return port
  }
}

/** Ends the fronts of this target that listen anywhere else. */
export async function retireOtherFronts(target: string, port: number | null): Promise<void> {
  for (const front of await listFronts(target)) {
    if (front.port === port) continue
    await stopGroup(front.mark, graceMilliseconds)
    await removeFrontRecord(target, front.port)
  }
}

/** Returns when the front has no request under way at that instance, or when the time is up. */
export async function drained(
  target: string,
  { frontPort, instancePort, graceSeconds }: { frontPort: number; instancePort: number; graceSeconds: number },
): Promise<void> {
  const deadline = performance.now() + graceSeconds * 1000
  while (performance.now() < deadline) {
    const front = await runningFront(target, frontPort)
    if (!front || !((await underWay(front.statusPort))[instancePort] ?? 0)) return
    await sleep(50)
  }
}

const graceMilliseconds = 6_000

/** Null when a front listens on that port now; otherwise the exit code of the one that could not. */
async function startFront(target: string, port: number): Promise<number | null> {
  if (await runningFront(target, port)) return null
  const output = join(target, 'front.log')
  const child = await startProgram('front', [target, String(port)], { cwd: target, output })
  let patience = 50
  for (;;) {
    const { exitCode, signalCode } = child
    if (await runningFront(target, port)) return null
    if (exitCode === frontExits.forbidden) return exitCode
    // The port may be taken by a front of this target, started just before a crash and about to say so.
    if (exitCode === frontExits.taken && --patience === 0) return exitCode
    if (signalCode !== null || (exitCode !== null && exitCode !== frontExits.taken)) {
      throw new Error(`the front cannot run: ${await lastLines(output)}`)
    }
    await sleep(10)
  }
}

async function underWay(statusPort: number): Promise<Record<number, number>> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: statusPort, agent: false }, (response) => {
      json(response).then((counts) => resolve(counts as Record<number, number>), reject)
    }).on('error', () => resolve({}))
  })
}
