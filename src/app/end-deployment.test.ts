import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { deploymentData } from '../core/deployment-entry.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import { holdEnvironment, resumeEnvironment } from './hold-environment.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(`
project: shop
environments:
  prod: { deploy: { use: target }, on-failure: rollback, verify: [{ use: answer, of: prod }], gates: [{ use: quality }] }
`)
})
afterEach(() => rig.stop())

const environment = 'prod'

async function lift({ good }: { good: boolean }): Promise<Release> {
  const { app, admin, project } = rig
  const release = await rig.build()
  rig.answers.set(release.digest, good)
  const ask = { project, release: release.digest, environment, class: 'standard' as const, reason: '' }
  await requestPromotion(app, admin, ask)
  await rig.drain()
  return release
}

async function rollBack(to?: Release): Promise<void> {
  const { app, admin, project } = rig
  await requestRollback(app, admin, { project, environment, reason: 'drill', ...(to && { to: to.digest }) })
  await rig.drain()
}

/** What the log says each rollback put away, and what it put in its place. */
async function told() {
  const entries = await rig.entries()
  const completed = entries.filter(({ type, data }) => type === 'deploy.completed' && data['class'] === 'rollback')
  const executed = entries.filter(({ type }) => type === 'rollback.executed')
  return {
    completed: completed.map(({ data }) => ({ of: data['rollbackOf'], to: data['release'] })),
    executed: executed.map(({ data }) => ({ of: data['from'], to: data['to'] })),
  }
}

test('an automatic rollback names the release that failed, which was never the live one', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: false })
  expect(await told()).toEqual({
    completed: [{ of: two.digest, to: one.digest }],
    executed: [{ of: two.digest, to: one.digest }],
  })
})

test('a rollback that someone asks for names the release that was live, also the second time', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: true })
  const three = await lift({ good: true })
  await rollBack(two)
  await rollBack(one)
  const both = [
    { of: three.digest, to: two.digest },
    { of: two.digest, to: one.digest },
  ]
  expect(await told()).toEqual({ completed: both, executed: both })
})

test('after a rollback that failed, the next one still names the release to be put away', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: true })
  rig.answers.set(one.digest, false)
  await rollBack(one)
  rig.answers.set(one.digest, true)
  await rollBack(one)
  const move = { of: two.digest, to: one.digest }
  expect(await told()).toEqual({ completed: [move, move], executed: [move] })
})

test('what is no rollback names none', async () => {
  await lift({ good: true })
  await lift({ good: false })
  await resumeEnvironment(rig.app, rig.admin, { project: rig.project, environment, reason: '' })
  await lift({ good: true })
  const completed = (await rig.entries()).filter(({ type, data }) => {
    return type === 'deploy.completed' && data['class'] === 'standard'
  })
  expect(completed.map(({ data }) => data['rollbackOf'])).toEqual([null, null, null])
})

test('all three events of a deployment say everything about it: what, where, who, on which verdicts, and how long', async () => {
  await lift({ good: true })
  await lift({ good: false })
  const types = ['deploy.started', 'deploy.completed', 'rollback.executed']
  const entries = (await rig.entries()).filter(({ type }) => types.includes(type))
  expect(entries.map(({ type }) => type)).toEqual([...types.slice(0, 2), ...types.slice(0, 2), ...types])
  const recorded = await rig.pool.query<{ id: string }>('select id from evaluation')
  for (const { data, actor, environment: where, subject } of entries) {
    const known = deploymentData.loose().parse(data)
    expect({ actor, where, subject }).toEqual({
      actor: 'lockflight@system',
      where: environment,
      subject: known.promotion,
    })
    const wanted = known.class === 'rollback' ? ['reversible'] : ['quality']
    expect(known.verdicts.map(({ gate }) => gate)).toEqual(wanted)
    for (const { evaluation } of known.verdicts) expect(recorded.rows.map(({ id }) => id)).toContain(evaluation)
    expect(known.links.map(({ title }) => title)).toEqual(['promotion', 'why', 'deployments'])
  }
  const durations = entries.slice(0, 2).map(({ data }) => deploymentData.loose().parse(data).durations)
  expect(durations[0]).toMatchObject({ deployingSeconds: null, verifyingSeconds: null })
  expect(durations[1]).toMatchObject({ deployingSeconds: expect.any(Number), verifyingSeconds: expect.any(Number) })
  const { waitingSeconds, deployingSeconds, verifyingSeconds, totalSeconds } = durations[1]!
  expect(waitingSeconds + deployingSeconds! + verifyingSeconds!).toBeCloseTo(totalSeconds, 6)
})

test('an automatic hold does not take the place of a hold by a person', async () => {
  const { app, admin, project } = rig
  const one = await lift({ good: true })
  await lift({ good: true })
  await holdEnvironment(app, admin, { project, environment, reason: 'market day' })
  await rollBack(one)
  const { hold } = await app.store.read((tx) => tx.environments.get(project, environment))
  expect(hold).toMatchObject({ by: admin.id, reason: 'market day' })
  expect((await rig.entries()).filter(({ type }) => type === 'environment.held')).toHaveLength(1)
})

test('a reason too long for an entry is cut there and nowhere else', async () => {
  const release = await rig.build()
  rig.target.before = async () => {
    throw new Refusal('unprocessable', 'no '.repeat(40_000))
  }
  const ask = { project: rig.project, release: release.digest, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, ask)
  await rig.drain()
  expect((await rig.promotion(id)).reason).toHaveLength(120_000)
  const { data } = (await rig.entries()).findLast(({ type }) => type === 'deploy.completed')!
  expect(data).toMatchObject({ cut: true, outcome: 'failed', reason: expect.stringMatching(/^no no .*…$/) })
})
