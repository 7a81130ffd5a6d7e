import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { startFaultServer } from '../../test/rig/fault-server.ts'
import { readEgressRule } from '../core/egress-rule.ts'
import { createHttp } from '../outside/http.ts'
import { requestPromotion } from './request-promotion.ts'
import { outsideFor } from './outside-for.ts'
import { setSecret } from './set-secret.ts'

const canary = 'canary-7f3a-secret'
const key = Buffer.alloc(32, 7)

let service: Awaited<ReturnType<typeof startFaultServer>>
let rig: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  service = await startFaultServer()
  rig = await startApp(`
project: shop
environments:
  prod:
    gates:
      - use: http
        url: ${service.url}/gate
        secret-headers: { Authorization: GATE_TOKEN }
        signing-secret: GATE_KEY
    deploy: { use: target }
`)
  rig.app.outside.http = createHttp({ opened: [readEgressRule('127.0.0.0/8')!] })
  const values = { GATE_TOKEN: `Bearer ${canary}`, GATE_KEY: `whsec_${key.toString('base64')}`, PLAIN: 'not a key' }
  for (const [name, value] of Object.entries(values)) {
    await setSecret(rig.app, rig.admin, { project: 'shop', name, value })
  }
})
afterAll(() => Promise.all([rig.stop(), service.stop()]))

const request = { method: 'POST', url: '', body: '{"a":1}', timeoutSeconds: 5, maxBytes: 1000 } as const
const ask = (given: object, project = 'shop') =>
  outsideFor(rig.app, project).http({ ...request, url: service.url, ...given })

test('a secret joins a request by its name, and signs it as Standard Webhooks says', async () => {
  service.answerJson({})
  await ask({ secretHeaders: { 'X-Token': 'GATE_TOKEN' }, signedWith: 'GATE_KEY' })
  const { headers, body } = service.asked.at(-1)!
  expect(headers['x-token']).toBe(`Bearer ${canary}`)
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60)
  expect(signature).toBe(
    `v1,${createHmac('sha256', key)
      .update(`${String(id)}.${String(timestamp)}.${body}`)
      .digest('base64')}`,
  )
})

test('a secret that is missing, of another project or no key refuses the request before it is sent', async () => {
  const sent = service.asked.length
  await expect(ask({ secretHeaders: { a: 'GONE' } })).rejects.toThrow('project shop has no secret GONE')
  await expect(ask({ secretHeaders: { a: 'GATE_TOKEN' } }, 'other')).rejects.toThrow('project other has no secret')
  await expect(ask({ signedWith: 'PLAIN' })).rejects.toThrow('the secret PLAIN cannot sign: expected whsec_')
  expect(service.asked.length).toBe(sent)
})

test('A21 an answer that repeats a secret is not read', async () => {
  for (const echo of [`Bearer ${canary}`, canary]) {
    service.answerJson({ outcome: 'pass', reason: `you sent ${echo}` })
    await expect(ask({ secretHeaders: { a: 'GATE_TOKEN' } })).rejects.toMatchObject({ reason: 'outside.echo' })
  }
})

test('A21 neither is one that repeats it beside the body', async () => {
  for (const headers of [{ 'content-type': `text/${canary}` }, { 'content-type': 'text/html', 'x-you-sent': canary }]) {
    service.answer((_, response) => response.writeHead(200, headers).end('{}'))
    await expect(ask({ secretHeaders: { a: 'GATE_TOKEN' } })).rejects.toMatchObject({ reason: 'outside.echo' })
  }
})

test('A21 A32 a gate asks with secrets, and neither its verdict nor any record holds one', async () => {
  const release = await rig.build()
  const asked = {
    project: 'shop',
    release: release.digest,
    environment: 'prod',
    class: 'standard',
    reason: '',
  } as const
  service.answerJson({ outcome: 'fail', reason: `no, ${canary}` })
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  expect(service.asked.at(-1)!.headers['authorization']).toBe(`Bearer ${canary}`)
  const { state, unmet } = await rig.promotion(id)
  expect(state).toBe('waiting')
  expect(unmet).toMatchObject([
    { id: 'http', outcome: 'error', reason: 'the answer repeats the secret GATE_TOKEN, and is not read' },
  ])
  const { rows } = await rig.pool.query(
    `select (select json_agg(evaluation)::text from evaluation) || (select json_agg(promotion)::text from promotion) ||
            (select json_agg(body)::text from log_queue) as everything`,
  )
  const [{ everything }] = rows as [{ everything: string }]
  expect(everything).toContain('GATE_TOKEN')
  for (const secret of [canary, Buffer.from(canary).toString('base64'), key.toString('base64')]) {
    expect(everything).not.toContain(secret)
  }
})

test('A41 who may only ask for promotions may not call one a hotfix', async () => {
  const developer = await rig.addMember('dev', ['developer'])
  const release = await rig.build()
  const asked = { project: 'shop', release: release.digest, environment: 'prod', reason: 'a fix' }
  await expect(requestPromotion(rig.app, developer, { ...asked, class: 'hotfix' })).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('dev needs promotion.hotfix for prod of project shop'),
  })
  expect(await requestPromotion(rig.app, developer, { ...asked, class: 'standard' })).toMatchObject({
    class: 'standard',
  })
  const operator = await rig.addMember('ops', ['operator'])
  expect(await requestPromotion(rig.app, operator, { ...asked, class: 'hotfix' })).toMatchObject({ class: 'hotfix' })
})

test('A21 what is hidden is the same only within one look, and tells nothing without its key', () => {
  const [one, other] = [outsideFor(rig.app, 'shop'), outsideFor(rig.app, 'shop')]
  expect(one.hide(canary)).toBe(one.hide(canary))
  expect(one.hide(canary)).not.toBe(one.hide(`${canary}!`))
  expect(one.hide(canary)).not.toBe(other.hide(canary))
  expect(one.hide(canary)).toMatch(/^[0-9a-f]{64}$/)
})

test('only environments of the project are inspected', async () => {
  const { inspect } = outsideFor(rig.app, 'shop')
  expect(await inspect('prod')).toEqual({ release: null, url: null, candidateUrl: null })
  for (const name of ['stg', 'toString', '__proto__'])
    await expect(inspect(name)).rejects.toThrow(`shop has no environment ${name}`)
  await expect(outsideFor(rig.app, 'other').inspect('prod')).rejects.toMatchObject({ code: 'not_found' })
})
