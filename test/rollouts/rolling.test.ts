import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { processesOf, until } from '../rig/deployers.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

const service = `deploy: { use: process, artifact: app.tgz, run: [node, server.mjs], stop-grace: 1s }`
const fail = () => writeFile(join(rig.folder, 'fail'), '')

test('rolling: a failed verification puts the old release back by itself, and the environment is held', async () => {
  rig = await startRollouts(
    (folder) => `
${service}
on-failure: rollback
verify: [{ use: command, run: 'test ! -e ${folder}/fail || test "$LOCKFLIGHT_FENCE" != 2' }]`,
  )
  const good = await rig.lift('good')
  await fail()
  const bad = await rig.lift('bad')
  expect(bad.promotion).toMatchObject({
    state: 'failed',
    reason: 'verification failed: command: the script ended with exit code 1',
  })
  expect(await rig.answers(2)).toEqual(['good', 'good'])
  const [executed, ...more] = await rig.told('rollback.executed')
  expect(more).toEqual([])
  expect(executed?.data).toMatchObject({
    from: bad.release.digest,
    fromPromotion: bad.promotion.id,
    to: good.release.digest,
    version: good.release.version,
    requestedBy: 'lockflight@system',
    reason: `promotion ${bad.promotion.id} failed in prod`,
  })
  const { hold, active } = await rig.here()
  expect(active).toBeNull()
  expect(hold).toMatchObject({ by: 'lockflight@system', reason: `rolled back to ${good.release.version}` })

  const next = await rig.lift('next')
  expect(next.promotion).toMatchObject({ state: 'waiting', unmet: [{ id: 'held' }] })
})

test('a release that does not start fails with its last words, and the old one was never touched', async () => {
  rig = await startRollouts(() => `${service}\non-failure: rollback`)
  await rig.lift('good')
  const { promotion } = await rig.lift('bad', { 'server.mjs': 'console.log("no such table"); process.exit(3)' })
  expect(promotion).toMatchObject({ state: 'failed', reason: expect.stringContaining('no such table') })
  expect(promotion.reason).toContain('ended before it answered')
  expect(await rig.answers(2)).toEqual(['good', 'good'])
  expect(await rig.told('rollback.executed')).toEqual([])
  expect(await rig.here()).toMatchObject({ active: null, hold: null })
})

test('a port that something else has is named, and nothing of the release is left', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  try {
    rig = await startRollouts(() => service.replace('deploy: {', `deploy: { port: ${port},`))
    const { promotion } = await rig.lift('good')
    expect(promotion).toMatchObject({
      state: 'failed',
      reason: `port ${port} of shop/prod is used by another program; free it, or set another \`port\` under \`deploy\``,
    })
    expect(await rig.here()).toMatchObject({ active: null, hold: null })
    await until('nothing runs there', async () => (await processesOf(join(rig.targets, 'shop'))).length === 0)
  } finally {
    other.close()
  }
  const { promotion } = await rig.lift('good, again')
  expect(promotion.state).toBe('succeeded')
  expect(await rig.answers()).toEqual(['good, again'])
})
