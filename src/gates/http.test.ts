import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, startFaultServer } from '../../test/rig/fault-server.ts'
import { ago, release, subject, worldOf } from '../../test/rig/gate-world.ts'
import { judgeAgain } from '../core/evaluate.ts'
import type { Subject } from '../core/gate.ts'
import { http } from './http.ts'

let service: Awaited<ReturnType<typeof startFaultServer>>
beforeAll(async () => {
  service = await startFaultServer()
})
afterAll(() => service.stop())

async function judged(settings: object = {}, about: Subject = subject, timeoutSeconds = 5) {
  const config = http.config.parse({ url: `${service.url}/gate?of=shop`, ...settings })
  const seen = await http.observe(config, subject, { ...worldOf({}), timeoutSeconds })
  const evidence: unknown = JSON.parse(JSON.stringify(http.evidence.parse(seen)))
  return judgeAgain(http, { config, evidence, subject: about })
}

const answering = (answer: unknown, status?: number) => {
  service.answerJson(answer, status)
  return judged()
}

test('the service is told what is asked for, and its answer is the verdict', async () => {
  const links = [{ title: 'ticket', url: 'https://tickets.example/7' }]
  expect(await answering({ outcome: 'pass', reason: 'ticket 7 is approved', links })).toMatchObject({
    outcome: 'pass',
    reason: 'ticket 7 is approved',
    observed: 'the answer pass',
    links,
    recheckAt: null,
  })
  const { url, headers, body } = service.asked.at(-1)!
  expect(url).toBe('/gate?of=shop')
  expect(headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' })
  expect(JSON.parse(body)).toEqual({
    project: 'shop',
    environment: 'prod',
    promotion: {
      id: 'p1',
      class: 'standard',
      attempt: 0,
      requestedBy: 'alice@idp',
      requestedAt: ago(600).toISOString(),
    },
    release: {
      digest: release.digest,
      version: '7-ccccccc',
      repository: '/srv/git/shop',
      commit: 'c'.repeat(40),
      branch: 'main',
      artifacts: release.artifacts,
    },
    policy: subject.policy,
  })
})

test('the request and the answer of docs/scripts.md are those that go over the wire', async () => {
  const section = readFileSync('docs/scripts.md', 'utf8').split('## Services as gates')[1] ?? ''
  const [request, answer] = [...section.matchAll(/```json\n([^]*?)```/g)].map(
    ([, json = '']) => JSON.parse(json) as object,
  )
  expect(await answering(answer)).toMatchObject({ outcome: 'wait', reason: 'change 4711 is not approved yet' })
  const keysOf = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.slice(0, 1).map(keysOf)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]))
        : typeof value
  expect(keysOf(request)).toEqual(keysOf(JSON.parse(service.asked.at(-1)!.body)))
})

test('no, not yet and not known are said in its own words, with when to ask again', async () => {
  const words = { expected: 'an approved ticket', observed: 'ticket 7 is open', unblock: 'the change board' }
  expect(await answering({ outcome: 'fail', reason: 'ticket 7 was refused', ...words })).toMatchObject({
    outcome: 'fail',
    reason: 'ticket 7 was refused',
    ...words,
    recheckAt: ago(-300).toISOString(),
  })
  expect(await answering({ outcome: 'wait', reason: 'not yet', recheckAfter: '1h' })).toMatchObject({
    outcome: 'wait',
    expected: 'the answer pass',
    observed: 'the answer wait',
    recheckAt: ago(-3600).toISOString(),
  })
  const recheckAt = '2026-12-01T08:00:00Z'
  expect(await answering({ outcome: 'inconclusive', reason: 'no data', recheckAt })).toMatchObject({
    outcome: 'inconclusive',
    recheckAt,
  })
})

test('A27 what it says cannot write elsewhere on a terminal', async () => {
  expect((await answering({ outcome: 'fail', reason: 'a\u001B[2Jb\nc\u202Ed' })).reason).toBe('a [2Jb c d')
})

test.each([
  [{ outcome: 'pass' }],
  [{ outcome: 'PASS', reason: 'x' }],
  [{ outcome: 'error', reason: 'x' }],
  [{ outcome: true, reason: 'x' }],
  [{ outcome: 'pass', reason: '' }],
  [{ outcome: 'pass', reason: 'x', verdict: 'fail' }],
  [{ outcome: 'pass', reason: 'x', links: [{ title: 'x', url: 'javascript:alert(1)' }] }],
  [{ outcome: 'pass', reason: 'x', recheckAt: 'tomorrow' }],
  [{ result: { outcome: 'pass', reason: 'x' } }],
  ['pass'],
  [null],
])('A32 the answer %j is not the documented one, and an error', async (answer) => {
  expect(await answering(answer)).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('not as agreed'),
    unblock: 'whoever runs the service that was asked',
  })
})

test('A32 a pass with another status is an error', async () => {
  for (const status of [201, 204, 400, 401, 404, 500, 503]) {
    expect((await answering({ outcome: 'pass', reason: 'x' }, status)).outcome, `${status}`).toBe('error')
  }
})

describe('A32', () => {
  test.each(Object.keys(faults))('%s is an error', async (fault) => {
    service.answer(faults[fault]!)
    expect(await judged({}, subject, 0.5)).toMatchObject({ outcome: 'error' })
  })
})

test('A22 the words of another service behind the address are not repeated', async () => {
  for (const body of ['{"aws_secret":"hunter2"}', '["hunter2"]', '"hunter2"', 'hunter2']) {
    service.answer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
    const verdict = await judged()
    expect(verdict.outcome).toBe('error')
    expect(JSON.stringify(verdict), body).not.toContain('hunter2')
  }
})

test('A33 an answer about one promotion says nothing about another', async () => {
  service.answerJson({ outcome: 'pass', reason: 'fine' })
  const others: Partial<Subject>[] = [
    { environment: 'stg' },
    { policy: release.digest },
    { promotion: { ...subject.promotion, id: 'p2' } },
    { promotion: { ...subject.promotion, attempt: 1 } },
    { release: { ...release, artifacts: release.artifacts.slice(1) } },
  ]
  for (const other of others) {
    expect(await judged({}, { ...subject, ...other })).toMatchObject({ outcome: 'inconclusive' })
  }
})

test.each([
  { url: 'ftp://example.org' },
  { url: 'http://a:b@c' },
  { 'secret-headers': { 'x y': 'A' } },
  { 'secret-headers': { Host: 'A' } },
  { 'secret-headers': { 'transfer-encoding': 'A' } },
  { 'secret-headers': { Authorization: 'Bearer abc' } },
  { token: 'x' },
])('A22 the settings %j are refused', (wrong) => {
  expect(http.config.safeParse({ url: 'https://gate.example', ...wrong }).success).toBe(false)
})
