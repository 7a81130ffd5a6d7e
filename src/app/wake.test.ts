import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import type { Actor } from '../core/actor.ts'
import type { Release } from '../core/release.ts'
import { createLocalSigner } from '../signers/local-key.ts'
import { addGrant } from './add-grant.ts'
import { answerPromotion } from './answer-promotion.ts'
import { disableMember } from './disable-member.ts'
import { joinGroup } from './join-group.ts'
import { removeGrant } from './remove-grant.ts'
import { registerKeys } from './register-keys.ts'
import { requestPromotion } from './request-promotion.ts'
import { saveMember } from './save-member.ts'
import { wakePromotionsOf } from './wake.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

const withGate = (gate: string) => `
project: shop
environments:
  dev: { deploy: { use: target } }
  prod: { gates: [${gate}], deploy: { use: target } }
`

async function request({ digest }: Release, environment: string): Promise<string> {
  const ask = { project: rig.project, release: digest, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, ask)
  await rig.drain()
  return id
}

async function stateOf(id: string) {
  await rig.drain()
  return (await rig.promotion(id)).state
}

function approve(by: Actor, id: string) {
  return answerPromotion(rig.app, by, { project: rig.project, id, decision: 'approve', reason: '' })
}

test('an approval counts from the moment its giver joins the group that was asked for', async () => {
  rig = await startApp(withGate('{ use: approval, group: release }'))
  const ana = await rig.addMember('ana', ['approver'])
  const id = await request(await rig.build(), 'prod')
  await approve(ana, id)
  expect(await stateOf(id)).toBe('waiting')
  await joinGroup(rig.app, rig.admin, { project: rig.project, group: 'release', actor: ana.id })
  expect(await stateOf(id)).toBe('succeeded')
})

const role = { role: 'approver' as const, project: null, environment: null }
const losses = [
  {
    what: 'lost the role',
    lose: (actor: string) => removeGrant(rig.app, rig.admin, { actor, ...role }),
    regain: (actor: string) => addGrant(rig.app, rig.admin, { actor, ...role }),
  },
  {
    what: 'was disabled',
    lose: (actor: string) => disableMember(rig.app, rig.admin, { actor }),
    regain: () => saveMember(rig.app, rig.admin, { subject: 'ana', kind: 'human', name: 'ana', emails: [] }),
  },
]

test.for(losses)('A06 the approval of someone who $what counts again when that is undone', async ({ lose, regain }) => {
  rig = await startApp(withGate('{ use: approval, count: 2 }'))
  const [ana, bob] = [await rig.addMember('ana', ['approver']), await rig.addMember('bob', ['approver'])]
  const id = await request(await rig.build(), 'prod')
  await approve(ana, id)
  await lose(ana.id)
  await approve(bob, id)
  expect(await stateOf(id)).toBe('waiting')
  await regain(ana.id)
  expect(await stateOf(id)).toBe('succeeded')
})

test('what waits for a release to be live in an environment that does not come before hears of it', async () => {
  rig = await startApp(withGate('{ use: soak, in: [dev], for: 1s }'))
  const release = await rig.build()
  const id = await request(release, 'prod')
  expect(await stateOf(id)).toBe('waiting')
  await request(release, 'dev')
  await rig.drainUntil(async () => (await stateOf(id)) === 'succeeded')
})

test('what waits for a signature hears of it when the same release is built and signed again', async () => {
  rig = await startApp(withGate('{ use: signature }'))
  const same = { bytes: 'shop', commit: 'c'.repeat(40) }
  const release = await rig.build(same)
  await rig.pool.query('update trusted_key set revoked_at = now()')
  const id = await request(release, 'prod')
  expect(await stateOf(id)).toBe('waiting')

  const folder = await mkdtemp(`${tmpdir()}/lockflight-keys-`)
  rig.app.signer = await createLocalSigner({ folder, passphrase: null, now: async () => new Date() })
  await registerKeys(rig.app, '')
  expect(await rig.build(same)).toEqual(release)
  expect(await stateOf(id)).toBe('succeeded')
  await rm(folder, { recursive: true })
})

test('nobody asks for a promotion of a release unseen while more is being written down about it', async () => {
  rig = await startApp(withGate('{ use: approval }'))
  const { app, admin, project, pool } = rig
  const release = await rig.build()
  const order: string[] = []
  const ask = { project, release: release.digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const blocked = `select from pg_locks where locktype = 'advisory' and not granted`
  const asked = await app.store.transaction(async (tx) => {
    await wakePromotionsOf(tx, release)
    const asking = requestPromotion(app, admin, ask).then(() => order.push('asked'))
    await expect.poll(async () => order.length > 0 || (await pool.query(blocked)).rowCount! > 0).toBe(true)
    order.push('woken')
    return { asking }
  })
  await asked.asking
  expect(order).toEqual(['woken', 'asked'])
})
