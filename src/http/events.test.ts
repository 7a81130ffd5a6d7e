import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'
import type { Following } from '../client/follow.ts'
import type { CloudEvent } from '../core/cloud-event.ts'

const rig = await opened(startServer({ limits: { streamsPerMember: 3 } }))

/** What a follower has been told so far. */
function listen(what: Following, token = rig.adminToken) {
  const leaving = new AbortController()
  const told: CloudEvent[] = []
  const ended = (async () => {
    for await (const event of rig.clientOf(token).follow(what, leaving.signal)) told.push(event)
  })()
  ended.catch(() => undefined)
  return { told, ended, leave: () => (leaving.abort(), ended) }
}

/** For a moment. */
async function hold(environment: string) {
  const client = rig.clientOf(rig.adminToken)
  const steering = { project: 'shop', environment, reason: 'for a look' }
  await client.holdEnvironment(steering)
  await client.resumeEnvironment(steering)
}

const soon = { timeout: 10_000, interval: 20 }

test('events are CloudEvents, in the order of the log and without gaps', async () => {
  await hold('dev')
  const { told, leave } = listen({ from: 0 })
  await expect.poll(() => told.some(({ type }) => type === 'environment.held'), soon).toBe(true)
  await leave()
  expect(told[0]).toMatchObject({
    specversion: '1.0',
    source: 'https://lockflight.test',
    type: 'revision.applied',
    datacontenttype: 'application/json',
    dataschema: 'urn:lockflight:event:revision.applied:1',
    logindex: 0,
    actor: 'admin@local',
    project: 'shop',
    data: { number: 1 },
  })
  expect(told.map(({ logindex }) => logindex)).toEqual(told.map((_, index) => index))
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
})

test('without a place to begin at, only what comes next is told, and soon', async () => {
  const { told, leave } = listen({ types: ['environment.held'], environment: 'stg' })
  // Until the stream is open, what happens is not its business.
  await expect.poll(async () => (await hold('stg'), told.length), soon).toBeGreaterThan(0)
  await leave()
  expect(told[0]).toMatchObject({ type: 'environment.held', environment: 'stg' })
})

test('a stream that is taken up again goes on behind the last event, without gap or repeat', async () => {
  const first = listen({ from: 0 })
  await expect.poll(() => first.told.length, soon).toBeGreaterThan(2)
  await first.leave()
  await hold('prod')
  const next = first.told.at(-1)!.logindex + 1
  const answer = rig.ask({ path: '/events', token: rig.adminToken, headers: { 'last-event-id': 'x' } })
  expect((await answer).body).toMatchObject({ status: 400 })
  const second = listen({ from: next })
  await expect.poll(() => second.told.length, soon).toBeGreaterThan(0)
  await second.leave()
  expect(second.told[0]!.logindex).toBe(next)
})

test('A09 a follower hears nothing of what they may not read', async () => {
  const { actor, token } = await rig.login('follower', [])
  await rig.clientOf(rig.adminToken).addGrant({ actor: actor.id, role: 'viewer', project: 'shop', environment: 'dev' })
  const { told, leave } = listen({ from: 0 }, token)
  await hold('dev')
  await expect.poll(() => told.length, soon).toBeGreaterThan(1)
  await leave()
  expect(told.filter(({ project, environment }) => project !== 'shop' || environment !== 'dev')).toEqual([])
})

test('who may read no log at all is refused, and that is written down', async () => {
  const { token } = await rig.login('outsider', [])
  expect((await rig.ask({ path: '/events', token })).body).toMatchObject({ status: 403, code: 'forbidden' })
  expect((await rig.logged()).at(-1)).toMatchObject({ type: 'access.denied', subject: 'followEvents' })
})

test('A06 an open stream ends with the token it was opened with', async () => {
  const { actor, token } = await rig.login('leaver', ['viewer'])
  const { told, ended } = listen({ from: 0 }, token)
  await expect.poll(() => told.length, soon).toBeGreaterThan(0)
  await rig.clientOf(rig.adminToken).disableMember({ actor: actor.id })
  await expect(ended).rejects.toMatchObject({ code: 'unauthenticated', reason: 'member_disabled' })
  const heard = told.length
  await hold('prod')
  expect(told).toHaveLength(heard)
})

test('A37 one member cannot hold all streams', async () => {
  const { token } = await rig.login('greedy', ['viewer'])
  const streams = Array.from({ length: 3 }, () => listen({ from: 0 }, token))
  await expect.poll(() => streams.every(({ told }) => told.length > 0), soon).toBe(true)
  expect((await rig.ask({ path: '/events', token })).body).toMatchObject({ status: 429, code: 'rate_limited' })
  await Promise.all(streams.map(({ leave }) => leave()))
  const again = listen({ from: 0 }, token)
  await expect.poll(() => again.told.length, soon).toBeGreaterThan(0)
  await again.leave()
})

test('closing the server ends open streams, and nothing was unexpected', async () => {
  const other = await startServer()
  const leaving = new AbortController()
  const stream = other.clientOf(other.adminToken).follow({ from: 0 }, leaving.signal)
  await stream.next()
  await other.server.close()
  leaving.abort()
  await stream.return(undefined)
  expect(other.reported).toEqual([])
  await other.stop()
  expect(rig.reported).toEqual([])
})
