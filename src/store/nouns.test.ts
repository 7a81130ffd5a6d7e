import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeployment, aPromotion, aRelease, aRun, freshStore, seedShop } from '../../test/rig/store.ts'
import { canonical, digestOf, digestOfJson } from '../core/digest.ts'
import type { Evaluation } from '../core/gate.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'

let rig: Awaited<ReturnType<typeof freshStore>>
let release: Release
beforeAll(async () => {
  rig = await freshStore()
  release = await rig.store.transaction(seedShop)
})
afterAll(() => rig.close())

const write = <T>(work: (tx: Transaction) => Promise<T>) => rig.store.transaction(work)
const at = new Date('2026-11-23T10:00:00.123Z')
const later = new Date('2026-11-23T10:00:00.124Z')

test('what is stored comes back as it was', async () => {
  await write(async (tx) => {
    const promotion = aPromotion(release, {
      class: 'hotfix',
      recheckAt: later,
      unmet: [
        {
          id: 'soak',
          kind: 'gate',
          outcome: 'wait',
          reason: 'ü ✓',
          expected: '',
          observed: '',
          since: at.toISOString(),
          links: [],
          unblock: '',
          recheckAt: null,
          changes: 0,
        },
      ],
    })
    await tx.promotions.add(promotion)
    expect(await tx.promotions.get('shop', promotion.id)).toEqual(promotion)
    expect(await tx.releases.get('shop', release.digest)).toEqual(release)

    const deployment = aDeployment(promotion, { fence: 5, url: 'http://127.0.0.1:1', previous: release.digest })
    await tx.deployments.add(deployment)
    const finished = { ...deployment, outcome: 'succeeded', deployedAt: at, finishedAt: later } as const
    await tx.deployments.save(finished)
    expect(await tx.deployments.get(promotion.id, 1)).toEqual(finished)
    expect(await tx.deployments.live('shop', 'dev')).toEqual(finished)

    const run = aRun({ number: await tx.runs.nextNumber('shop') })
    await tx.runs.add(run)
    await tx.runs.save({ ...run, state: 'running', startedAt: at, execution: 1 })
    expect(await tx.runs.get('shop', run.id)).toEqual({
      ...run,
      state: 'running',
      startedAt: at,
      execution: 1,
      version: 1,
    })

    const environment = { ...(await tx.environments.lock('shop', 'dev')), fence: 5, active: promotion.id }
    const held = { ...environment, hold: { by: 'ann@local', reason: 'freeze', at } }
    await tx.environments.save(held)
    expect(await tx.environments.list('shop')).toEqual([held])
    await tx.environments.save({ ...environment, active: null })
    expect(await tx.environments.get('shop', 'dev')).toEqual({ ...environment, active: null, hold: null })
  })
})

test('a release is found by version, digest, or a prefix of its digest that means one release', async () => {
  const named = aRelease({ version: '1.10' })
  await write((tx) => tx.releases.add(named))
  const find = (name: string) => rig.store.read((tx) => tx.releases.find('shop', name))
  expect(await find('1.10')).toEqual(named)
  expect(await find(named.digest)).toEqual(named)
  expect(await find(named.digest.slice(0, 'sha256:'.length + 8))).toEqual(named)
  expect(await find(named.digest.slice('sha256:'.length, 'sha256:'.length + 12))).toEqual(named)
  for (const name of ['1.1', '1.1_', '%', 'sha256:', named.digest.slice(7, 14), 'SHA256:', `${named.digest}0`]) {
    await expect(find(name), name).rejects.toMatchObject({ code: 'not_found' })
  }
  await expect(rig.store.read((tx) => tx.releases.find('other', '1.10'))).rejects.toMatchObject({ code: 'not_found' })
})

test('a name that can mean two releases means neither', async () => {
  const one = aRelease()
  const impostor = aRelease({ version: one.digest.slice(7, 19) })
  await write(async (tx) => {
    await tx.releases.add(one)
    await tx.releases.add(impostor)
  })
  const find = rig.store.read((tx) => tx.releases.find('shop', impostor.version))
  await expect(find).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining(one.digest) })
})

test('the same release again changes nothing, another under its version is refused', async () => {
  const one = aRelease({ version: '2.0' })
  expect(await write((tx) => tx.releases.add(one))).toBe(true)
  expect(await write((tx) => tx.releases.add({ ...one, version: '3.0' }))).toBe(false)
  await expect(write((tx) => tx.releases.add(aRelease({ version: '2.0' })))).rejects.toMatchObject({
    code: 'conflict',
    reason: 'release_version',
  })
})

test('evidence comes back with the digest it was stored with, whatever is in it', async () => {
  const evidence = { text: 'NUL \u0000, \u{1f6a2}, é', list: [3, 1, { b: 1, a: 2 }], number: 1e-7, none: null }
  const promotion = aPromotion(aRelease())
  const evaluation: Evaluation = {
    id: randomUUID(),
    promotion: promotion.id,
    release: promotion.release,
    environment: 'dev',
    gate: { id: 'tests', use: 'command', digest: digestOf('gate'), config: { run: 'exit 0\n' } },
    evidence,
    evidenceDigest: digestOfJson(evidence),
    verdict: {
      outcome: 'pass',
      reason: 'ok',
      expected: '',
      observed: '',
      links: [],
      unblock: '',
      recheckAt: null,
      until: null,
      final: false,
    },
    at,
  }
  const newer = { ...evaluation, id: randomUUID(), at: later, evidence: null, evidenceDigest: null }
  const other = { ...evaluation, id: randomUUID(), gate: { ...evaluation.gate, id: 'a-gate' } }
  await write(async (tx) => {
    await tx.releases.add({ ...release, digest: promotion.release, version: randomUUID() })
    await tx.promotions.add(promotion)
    await tx.evaluations.add([evaluation])
    expect(await tx.evaluations.latest(promotion.id)).toEqual([evaluation])
    await tx.evaluations.add([newer, other])
    await tx.evaluations.add([])
    expect(await tx.evaluations.latest(promotion.id)).toEqual([other, newer])
  })
  const { rows } = await rig.pool.query('select evidence::text from evaluation where id = $1', [evaluation.id])
  expect(rows[0].evidence).toBe(canonical(evidence))
})

test('lists go newest first, and a page goes on where the last ended even among equal times', async () => {
  const promotions = Array.from({ length: 7 }, (_, index) =>
    aPromotion(release, {
      environment: 'paged',
      requestedAt: index < 5 ? at : later,
      state: 'expired',
      finishedAt: at,
    }),
  )
  await write(async (tx) => {
    await tx.environments.ensure('shop', 'paged')
    for (const promotion of promotions) await tx.promotions.add(promotion)
  })
  const seen: string[] = []
  for (let last: { at: Date; id: string } | undefined; ;) {
    const before = last
    const page = await rig.store.read((tx) =>
      tx.promotions.list({ project: 'shop', environment: 'paged', limit: 2, ...(before && { before }) }),
    )
    seen.push(...page.map(({ id }) => id))
    const end = page.at(-1)
    if (!end) break
    last = { at: end.requestedAt, id: end.id }
  }
  const order = promotions.toSorted((a, b) => +b.requestedAt - +a.requestedAt || (a.id < b.id ? 1 : -1))
  expect(seen).toEqual(order.map(({ id }) => id))
})

test('text of a job keeps every character and its order, with many writers and no gap', async () => {
  const stream = `run/${randomUUID()}/build/1`
  const piece = (text: string) => ({ at, text })
  await Promise.all(
    Array.from({ length: 20 }, (_, writer) =>
      write((tx) => tx.logText.append(stream, [piece(`${writer}\u0000`), piece('é\n')])),
    ),
  )
  await write((tx) => tx.logText.append(stream, []))
  const chunks = await rig.store.read((tx) => tx.logText.read(stream, { from: 0, limit: 100 }))
  expect(chunks.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, index) => index))
  for (let index = 0; index < 40; index += 2) expect(chunks[index + 1]!.text).toBe('é\n')
  expect(new Set(chunks.map(({ text }) => text)).size).toBe(21)
  const rest = await rig.store.read((tx) => tx.logText.read(stream, { from: 38, limit: 1 }))
  expect(rest).toEqual([chunks[38]])
})

test('runs of a project are numbered without a gap, however many start at once', async () => {
  const numbers = await Promise.all(Array.from({ length: 30 }, () => write((tx) => tx.runs.nextNumber('counted'))))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
})

test('news about a step adds to what is known of it', async () => {
  const run = aRun({ number: await write((tx) => tx.runs.nextNumber('shop')) })
  const attempt = { run: run.id, job: 'build', attempt: 1 }
  await write(async (tx) => {
    await tx.runs.add(run)
    await tx.runs.saveJob({
      run: run.id,
      name: 'build',
      state: 'running',
      attempt: 1,
      interruptions: 0,
      reason: '',
      outputs: { nul: '\u0000' },
      artifacts: [],
      reports: [],
      startedAt: at,
      finishedAt: null,
    })
    await tx.runs.markSteps(attempt, [{ index: 0, startedAt: at, finishedAt: null, exitCode: null }])
    await tx.runs.markSteps(attempt, [{ index: 0, startedAt: null, finishedAt: later, exitCode: 0 }])
    expect(await tx.runs.steps(run.id)).toEqual([
      { ...attempt, index: 0, startedAt: at, finishedAt: later, exitCode: 0 },
    ])
    expect(await tx.runs.jobs(run.id)).toMatchObject([{ name: 'build', outputs: { nul: '\u0000' }, startedAt: at }])
  })
})

test('an e-mail address leads to one member, in any case', async () => {
  const member = (id: string, emails: string[]) =>
    ({ id, kind: 'human', name: id, emails, disabled: false, createdAt: at }) as const
  await write(async (tx) => {
    await tx.members.save(member('ann@idp', ['ann@example.com', 'a@example.com']))
    await tx.members.save(member('ann@idp', ['new@example.com', 'ann@example.com']))
    expect(await tx.members.byEmail('A@example.com')).toBeNull()
    expect(await tx.members.byEmail('Ann@Example.com')).toEqual(
      member('ann@idp', ['new@example.com', 'ann@example.com']),
    )
  })
  await expect(write((tx) => tx.members.save(member('bob@idp', ['ann@example.com'])))).rejects.toMatchObject({
    reason: 'member_email_once',
  })
})

test('grants and groups say whether they changed anything', async () => {
  const grant = { actor: 'bob@idp', role: 'approver', project: 'shop', environment: null } as const
  await write(async (tx) => {
    expect(await tx.members.grant(grant)).toBe(true)
    expect(await tx.members.grant(grant)).toBe(false)
    expect(await tx.members.grant({ ...grant, environment: 'prod' })).toBe(true)
    expect(await tx.members.grantsOf('bob@idp')).toHaveLength(2)
    expect(await tx.members.revoke(grant)).toBe(true)
    expect(await tx.members.revoke(grant)).toBe(false)
    expect(await tx.members.grantsOf('bob@idp')).toEqual([{ ...grant, environment: 'prod' }])
    expect(await tx.members.joinGroup('shop', 'release', 'bob@idp')).toBe(true)
    expect(await tx.members.joinGroup('shop', 'release', 'bob@idp')).toBe(false)
    expect(await tx.members.groups('shop')).toEqual([{ name: 'release', members: ['bob@idp'] }])
    expect(await tx.members.leaveGroup('shop', 'release', 'bob@idp')).toBe(true)
    expect(await tx.members.group('shop', 'release')).toEqual([])
  })
})

test('secrets are kept as they are sealed, and missing ones are all named', async () => {
  const sealed = Buffer.from([0, 255, 1])
  await write((tx) => tx.secrets.set('shop', 'KEY', sealed, at))
  const read = (names: string[]) => rig.store.read((tx) => tx.secrets.sealed('shop', names))
  expect(await read(['KEY'])).toEqual({ KEY: sealed })
  await expect(read(['KEY', 'A', 'B'])).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('A, B'),
  })
})

test('a token is revoked once and for all', async () => {
  const token = {
    id: randomUUID(),
    secretDigest: digestOf('secret'),
    owner: 'ann@local',
    label: 'ci',
    scope: { project: 'shop' },
    createdAt: at,
    expiresAt: later,
    revokedAt: null,
  }
  await write(async (tx) => {
    await tx.tokens.add(token)
    expect(await tx.tokens.bySecret(token.secretDigest)).toEqual(token)
    await tx.tokens.revoke(token.id, at)
    await tx.tokens.revoke(token.id, later)
    expect(await tx.tokens.get(token.id)).toEqual({ ...token, revokedAt: at })
    await expect(tx.tokens.revoke('nobody', at)).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('of fifty equal answers given at once one counts (A07)', async () => {
  const one = aRelease()
  const promotion = aPromotion(one)
  await write(async (tx) => {
    await tx.releases.add(one)
    await tx.promotions.add(promotion)
  })
  const answer = () =>
    write((tx) =>
      tx.approvals.add({
        id: randomUUID(),
        project: 'shop',
        promotion: promotion.id,
        by: 'ann@local',
        decision: 'approve',
        reason: 'yes',
        binds: digestOf('binding'),
        at,
        expiresAt: later,
      }),
    )
  const results = await Promise.allSettled(Array.from({ length: 50 }, answer))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await rig.store.read((tx) => tx.approvals.of(promotion.id))).toHaveLength(1)
})

test('a used idempotency key is refused', async () => {
  const reply = { actor: 'ann@local', key: 'k', sealed: Buffer.from('answer') }
  await write((tx) => tx.replies.add(reply))
  expect(await rig.store.read((tx) => tx.replies.find('ann@local', 'k'))).toEqual(reply)
  await expect(write((tx) => tx.replies.add(reply))).rejects.toMatchObject({ code: 'conflict', reason: 'reply_once' })
})

test('text with U+0000 is refused where PostgreSQL cannot keep it', async () => {
  const promotion = aPromotion(release, { reason: 'a\u0000b', environment: 'dev', class: 'drill' })
  await expect(write((tx) => tx.promotions.add(promotion))).rejects.toMatchObject({ code: 'invalid' })
})

test('an environment is saved only under its lock', async () => {
  const environment = await rig.store.read((tx) => tx.environments.get('shop', 'dev'))
  await expect(write((tx) => tx.environments.save(environment))).rejects.toThrow('without its lock')
})
