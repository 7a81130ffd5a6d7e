import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeployment, aPromotion, aRelease, freshStore, seedShop } from '../../test/rig/store.ts'
import { canonical } from '../core/digest.ts'
import { leafHash } from '../core/merkle.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'

let rig: Awaited<ReturnType<typeof freshStore>>
let release: Release
beforeAll(async () => {
  rig = await freshStore()
  release = await rig.store.transaction(seedShop)
})
afterAll(() => rig.close())

const entry = (subject: string) => ({ type: 'run.queued', actor: 'ann@local', subject, data: { n: 1 } }) as const
const rows = async (text: string, values: unknown[]) => (await rig.pool.query(text, values)).rows

async function writeAll(tx: Transaction, id: string): Promise<void> {
  await tx.environments.ensure('shop', `e-${id}`)
  await tx.log(entry(id))
  await tx.enqueue({ verb: 'execute-run', run: id })
}

async function left(id: string) {
  const environments = await rig.store.read((tx) => tx.environments.list('shop'))
  return {
    state: environments.some(({ name }) => name === `e-${id}`),
    entries: await rows(`select id, body, leaf_hash from log_queue where body like $1`, [`%"${id}"%`]),
    jobs: await rows(`select data from pgboss.job where name = 'execute-run' and data ->> 'run' = $1`, [id]),
  }
}

test('state, log entry and job commit together', async () => {
  const id = randomUUID()
  const now = await rig.store.transaction(async (tx) => {
    await writeAll(tx, id)
    return tx.now
  })
  const { state, entries, jobs } = await left(id)
  expect(state).toBe(true)
  expect(jobs).toEqual([{ data: { verb: 'execute-run', run: id } }])
  const [{ id: entryId, body, leaf_hash: hash }] = entries
  expect(body).toBe(canonical({ ...entry(id), project: null, environment: null, id: entryId, at: now.toISOString() }))
  expect(hash).toEqual(Buffer.from(leafHash(body)))
})

test('a throw leaves nothing behind: no state, no entry, no job', async () => {
  const id = randomUUID()
  const work = rig.store.transaction(async (tx) => {
    await writeAll(tx, id)
    throw new Error('after everything')
  })
  await expect(work).rejects.toThrow('after everything')
  expect(await left(id)).toEqual({ state: false, entries: [], jobs: [] })
})

test('when the log refuses an entry, what it records does not happen', async () => {
  const id = randomUUID()
  const work = rig.store.transaction(async (tx) => {
    await writeAll(tx, id)
    await tx.log({ ...entry(id), data: { long: 'x'.repeat(70_000) } })
  })
  await expect(work).rejects.toThrow('log_queue_size')
  expect(await left(id)).toEqual({ state: false, entries: [], jobs: [] })
})

test('a failed statement whose error is swallowed does not pass as a commit', async () => {
  const id = randomUUID()
  const work = rig.store.transaction(async (tx) => {
    await tx.environments.ensure('shop', `e-${id}`)
    await tx.members.joinGroup('Not A Slug', 'release', 'ann@local').catch(() => undefined)
  })
  await expect(work).rejects.toThrow('its error was swallowed')
  expect(await left(id)).toEqual({ state: false, entries: [], jobs: [] })
})

test('a refused write is what the transaction fails with, though it is known only later', async () => {
  const promotion = aPromotion(aRelease())
  const work = rig.store.transaction(async (tx) => {
    await tx.promotions.add(promotion)
    return tx.promotions.load(promotion.id)
  })
  await expect(work).rejects.toMatchObject({ constraint: 'promotion_release' })
})

test('a transaction that has ended takes nothing more', async () => {
  const tx = await rig.store.transaction(async (open) => open)
  await expect(tx.environments.ensure('shop', 'late')).rejects.toThrow('this transaction has ended')
  const read = await rig.store.read(async (open) => open)
  await expect(read.environments.list('shop')).rejects.toThrow('this transaction has ended')
})

test('a read sees one state throughout, and cannot write', async () => {
  const name = `r-${randomUUID()}`
  await rig.store.read(async (tx) => {
    const before = await tx.environments.list('shop')
    await rig.store.transaction((other) => other.environments.ensure('shop', name))
    expect(await tx.environments.list('shop')).toEqual(before)
  })
  await expect(rig.store.read((tx) => tx.environments.ensure('shop', 'x'))).rejects.toThrow('read-only')
  await expect(rig.store.read((tx) => tx.log(entry('x')))).rejects.toThrow('neither log nor enqueue')
})

test('now is the database clock, the same all through a transaction', async () => {
  const [{ before }] = await rows('select clock_timestamp() as before', [])
  const { now, started } = await rig.store.transaction(async (tx) => {
    const run = `t-${randomUUID()}`
    await tx.secrets.set('shop', 'TOKEN', Buffer.from(run), tx.now)
    return { now: tx.now, started: (await tx.secrets.list('shop'))[0]!.setAt }
  })
  expect(now.getTime()).toBeGreaterThanOrEqual(before.getTime())
  expect(started).toEqual(now)
})

test('of two who save the same version one is refused', async () => {
  const promotion = aPromotion(release)
  await rig.store.transaction((tx) => tx.promotions.add(promotion))
  const save = () => rig.store.transaction((tx) => tx.promotions.save({ ...promotion, reason: randomUUID() }))
  const results = await Promise.allSettled([save(), save(), save(), save()])
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict', reason: 'stale' })
  const { version } = await rig.store.read((tx) => tx.promotions.load(promotion.id))
  expect(version).toBe(1)
  await rig.store.transaction(async (tx) => {
    const locked = await tx.promotions.lock(promotion.id)
    await tx.promotions.save({ ...locked, state: 'cancelled', finishedAt: tx.now })
  })
})

test('transactions that lock each other out are tried again until both have happened', async () => {
  const other = aRelease()
  const [a, b] = [aPromotion(release), aPromotion(other)]
  await rig.store.transaction(async (tx) => {
    await tx.releases.add(other)
    await tx.promotions.add(a)
    await tx.promotions.add(b)
  })
  let tries = 0
  let bothHold: () => void = () => undefined
  const both = new Promise<void>((resolve) => (bothHold = resolve))
  const inOrder = (first: string, second: string) =>
    rig.store.transaction(async (tx) => {
      const locked = await tx.promotions.lock(first)
      tries += 1
      if (tries >= 2) bothHold()
      await both
      await tx.promotions.lock(second)
      await tx.promotions.save({ ...locked, reason: 'held both' })
    })
  await Promise.all([inOrder(a.id, b.id), inOrder(b.id, a.id)])
  expect(tries).toBeGreaterThan(2)
  for (const { id } of [a, b]) {
    expect(await rig.store.read((tx) => tx.promotions.load(id))).toMatchObject({ reason: 'held both', version: 1 })
    await rig.store.transaction(async (tx) => {
      await tx.promotions.save({ ...(await tx.promotions.lock(id)), state: 'cancelled', finishedAt: tx.now })
    })
  }
})

test('A34 of 200 parallel starts in one environment one wins, and every fence is new', async () => {
  const releases = Array.from({ length: 200 }, () => aRelease())
  const promotions = releases.map((one) => aPromotion(one))
  await rig.store.transaction(async (tx) => {
    for (const one of releases) await tx.releases.add(one)
    for (const one of promotions) await tx.promotions.add(one)
  })
  const start = (id: string) =>
    rig.store.transaction(async (tx) => {
      const environment = await tx.environments.lock('shop', 'dev')
      if (environment.active !== null) return null
      const promotion = await tx.promotions.lock(id)
      const fence = environment.fence + 1
      await tx.environments.save({ ...environment, fence, active: id })
      await tx.promotions.save({ ...promotion, state: 'deploying', attempt: 1 })
      await tx.deployments.add(aDeployment(promotion, { fence }))
      return fence
    })
  const fences: number[] = []
  for (let round = 0; round < 3; round++) {
    const started = (await Promise.all(promotions.map(({ id }) => start(id)))).filter((fence) => fence !== null)
    expect(started).toHaveLength(1)
    fences.push(...started)
    const ended = await rig.store.transaction(endActive)
    promotions.splice(
      promotions.findIndex(({ id }) => id === ended),
      1,
    )
  }
  expect(fences).toEqual([1, 2, 3])
})

test('A34 a start that forgets to look who is active is refused by the database', async () => {
  const releases = Array.from({ length: 20 }, () => aRelease())
  const promotions = releases.map((one) => aPromotion(one))
  await rig.store.transaction(async (tx) => {
    for (const one of releases) await tx.releases.add(one)
    for (const one of promotions) await tx.promotions.add(one)
  })
  const { fence } = await rig.store.read((tx) => tx.environments.get('shop', 'dev'))
  const start = (id: string) =>
    rig.store.transaction(async (tx) => {
      const promotion = await tx.promotions.lock(id)
      await tx.promotions.save({ ...promotion, state: 'deploying', attempt: 1 })
      await tx.deployments.add(aDeployment(promotion, { fence: fence + 1 }))
    })
  const results = await Promise.allSettled(promotions.map(({ id }) => start(id)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict' })
})

async function endActive(tx: Transaction): Promise<string> {
  const environment = await tx.environments.lock('shop', 'dev')
  const promotion = await tx.promotions.lock(environment.active!)
  const deployment = await tx.deployments.get(promotion.id, 1)
  await tx.deployments.save({ ...deployment, outcome: 'failed', finishedAt: tx.now })
  await tx.promotions.save({ ...promotion, state: 'failed', finishedAt: tx.now })
  await tx.environments.save({ ...environment, active: null })
  return promotion.id
}
