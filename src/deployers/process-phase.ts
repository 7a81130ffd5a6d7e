import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { checkedArtifact } from './artifact-file.ts'
import { drained, ensureFront, retireOtherFronts } from './ensure-front.ts'
import {
  appFolder,
  defineInstance,
  isHealthy,
  isRunning,
  listInstances,
  portOf,
  removeInstance,
  startInstance,
  stopInstance,
} from './instance.ts'
import type { Order } from './order.ts'
import { readProcessState, writeProcessState, type ProcessState } from './process-state.ts'
import { attemptName } from './target.ts'
import { unpack } from './unpack.ts'

type ProcessOrder = Extract<Order, { use: 'process' }>

/** Carries out one phase. Each part looks at what is already true, so it may be cut off anywhere and begun again. */
export async function processPhase(order: ProcessOrder, folder: string): Promise<void> {
  switch (order.request.phase) {
    case 'start':
      await orNothing(order, () => start(order, folder))
      return
    case 'finish':
      await finish(order)
      return
    case 'discard':
      await discard(order)
      return
    case 'replace':
      await orNothing(order, async () => {
        await start(order, folder)
        await finish(order)
      })
  }
}

async function start(order: ProcessOrder, folder: string): Promise<void> {
  const { request, target, config } = order
  const name = attemptName(request)
  const before = await readProcessState(target)
  if (before.live?.name === name) return
  const archive = await checkedArtifact(request.release, config.artifact, join(folder, 'artifacts'))
  const port = await ensureFront(target, { wanted: config.port, kept: before.port, place: placeOf(order) })
  const state = { ...before, port, candidate: null }
  await writeProcessState(target, state)
  await retireAllBut(order, state, [name])
  if (request.phase === 'start') await revive(order, state)

  const candidate = await defineInstance(target, request, config)
  if (!(await exists(appFolder(target, name)))) await unpack(archive, appFolder(target, name))
  await startInstance(target, name)
  await writeProcessState(target, { ...state, candidate })
}

async function finish(order: ProcessOrder): Promise<void> {
  const { request, target, config } = order
  const name = attemptName(request)
  const before = await readProcessState(target)
  let after = before
  if (before.live?.name !== name) {
    if (before.candidate?.name !== name) {
      throw new Refusal('conflict', `${placeOf(order)} has no started release of this attempt to finish`)
    }
    if (!(await isHealthy(target, name))) {
      throw new Refusal('unprocessable', `release ${request.release.version} stopped answering before it became live`)
    }
    const port = await ensureFront(target, { wanted: config.port, kept: before.port, place: placeOf(order) })
    after = { port, live: before.candidate, candidate: null }
    await writeProcessState(target, after)
  }
  await retireOtherFronts(target, after.port)
  await retireAllBut(order, after, [])
}

async function discard(order: ProcessOrder): Promise<void> {
  const { live } = await readProcessState(order.target)
  if (live?.name === attemptName(order.request)) {
    throw new Refusal(
      'conflict',
      `release ${order.request.release.version} is live in ${placeOf(order)}; it is not discarded`,
    )
  }
  await takeAway(order)
}

/** All of the work, or nothing of this attempt beside the live release. */
async function orNothing(order: ProcessOrder, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { live } = await readProcessState(order.target)
    if (live?.name !== attemptName(order.request)) await takeAway(order)
    throw error
  }
}

async function takeAway(order: ProcessOrder): Promise<void> {
  const name = attemptName(order.request)
  const state = await readProcessState(order.target)
  if (state.candidate?.name === name) await writeProcessState(order.target, { ...state, candidate: null })
  await retire(order, name, state.port)
  await removeInstance(order.target, name)
}

/** Stops whatever runs here without being live, candidate or excepted, also what a crash forgot; keeps the files of the newest. */
async function retireAllBut(order: ProcessOrder, state: ProcessState, excepted: string[]): Promise<void> {
  const { target, config } = order
  const staying = new Set([state.live?.name, state.candidate?.name, ...excepted])
  const others = (await listInstances(target)).filter((name) => !staying.has(name))
  for (const name of others) await retire(order, name, state.port)
  for (const name of others.slice(config.keep - 1)) await removeInstance(target, name)
}

async function retire({ target, config }: ProcessOrder, name: string, frontPort: number | null): Promise<void> {
  const instancePort = await portOf(target, name)
  if (frontPort !== null && instancePort !== null && (await isRunning(target, name))) {
    await drained(target, { frontPort, instancePort, graceSeconds: config.stopGraceSeconds })
  }
  await stopInstance(target, name, config.stopGraceSeconds)
}

/** A live release that died, for example with the machine, gets its part of the traffic during the rollout. */
async function revive({ target }: ProcessOrder, { live }: ProcessState): Promise<void> {
  if (!live || (await isRunning(target, live.name))) return
  try {
    await startInstance(target, live.name)
  } catch (error) {
    // A live release that cannot start must not keep the one that may repair it away.
    if (!(error instanceof Refusal)) throw error
  }
}

function placeOf({ request }: ProcessOrder): string {
  return `${request.project}/${request.environment}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
