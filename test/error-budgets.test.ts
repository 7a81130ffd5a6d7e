import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { applyRevision } from '../src/app/apply-revision.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { requestRollback } from '../src/app/request-rollback.ts'
import type { PromotionClass } from '../src/core/promotion.ts'
import type { Release } from '../src/core/release.ts'
import { readEgressRule } from '../src/core/egress-rule.ts'
import { createHttp } from '../src/outside/http.ts'
import { startApp } from './rig/app.ts'
import { counter, startPrometheus } from './rig/prometheus.ts'

const page = readFileSync('docs/error-budgets.md', 'utf8')
const slo = /```yml\n([^]*?)```/.exec(page)![1]!
const gate = /```yaml\n([^]*?)```/.exec(page)![1]!

const traffic = (bad: (ago: number) => number) =>
  startPrometheus([
    counter('http_requests_total', { job: 'checkout', code: '200' }, () => 1000),
    counter('http_requests_total', { job: 'checkout', code: '503' }, bad),
  ])

let fine: Awaited<ReturnType<typeof startPrometheus>>
let burning: Awaited<ReturnType<typeof startPrometheus>>
let rig: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  const plain = 'project: shop\nenvironments: { prod: { deploy: { use: target } } }\n'
  ;[fine, burning, rig] = await Promise.all([
    traffic(() => 0.1),
    traffic((ago) => (ago < 1200 ? 500 : 0)),
    startApp(plain),
  ])
  rig.app.outside.http = createHttp({ opened: [readEgressRule('127.0.0.0/8')!] })
})
afterAll(() => Promise.all([fine.stop(), burning.stop(), rig.stop()]))

/** Makes the example of the page the policy, with that Prometheus. */
async function apply(prometheus: string, files: Record<string, string> = { 'slo/checkout.yaml': slo }) {
  const { environments } = parse(gate) as {
    environments: { prod: { gates: { prometheus: string }[]; deploy: unknown } }
  }
  environments.prod.gates[0]!.prometheus = prometheus
  environments.prod.deploy = { use: 'target' }
  const text = stringify({ project: 'shop', environments })
  return applyRevision(rig.app, rig.admin, { project: 'shop', text, file: 'lockflight.yaml', files, dryRun: false })
}

async function promote({ digest }: Release, promotionClass: Exclude<PromotionClass, 'rollback' | 'drill'>) {
  const asked = { project: 'shop', release: digest, environment: 'prod', class: promotionClass, reason: 'because' }
  return judged((await requestPromotion(rig.app, rig.admin, asked)).id)
}

async function judged(id: string) {
  await rig.drain()
  const { state, unmet } = await rig.promotion(id)
  const [verdict] = await rig.app.store.read((tx) => tx.evaluations.latest(id))
  return { state, unmet, reason: verdict?.verdict.reason ?? '' }
}

test('the example of docs/error-budgets.md, from the file to the rollback', async () => {
  await expect(apply(fine.url, {})).rejects.toThrow(
    'expected the file slo/checkout.yaml, which a gate names by slo-file',
  )
  const applied = await apply(fine.url)
  expect(JSON.stringify(applied.difference)).toContain('0.999')
  const lower = await apply(fine.url, { 'slo/checkout.yaml': slo.replace('0.999', '0.99') })
  expect(lower.digest).not.toBe(applied.digest)
  await apply(fine.url)

  const [first, second, third] = [await rig.build(), await rig.build(), await rig.build()]
  const good = await promote(first, 'standard')
  expect(good).toMatchObject({ state: 'succeeded', unmet: [] })
  expect(page).toContain(`\n${good.reason}\n`)

  await apply(burning.url)
  const waiting = await promote(second, 'standard')
  expect(waiting).toMatchObject({
    state: 'waiting',
    unmet: [
      {
        id: 'error-budget',
        outcome: 'fail',
        reason: expect.stringMatching(/it burns .*× over 1h and .*× over 5m, above 13\.4×.*predicted to be fine at/),
        observed: expect.stringContaining('http_requests_total{job="checkout"}'),
        links: expect.arrayContaining([
          { title: 'dashboard', url: 'https://grafana.example.org/d/checkout?var-environment=prod' },
          { title: 'runbook', url: 'https://runbooks.example.org/checkout/budget' },
        ]),
        recheckAt: expect.any(String),
      },
    ],
  })

  expect(await promote(third, 'hotfix')).toMatchObject({
    state: 'succeeded',
    reason: 'let through whatever is left of the error budget: a hotfix, asked for by admin@local',
  })
  const rollback = await requestRollback(rig.app, rig.admin, {
    project: 'shop',
    environment: 'prod',
    reason: 'worse',
    to: first.version,
  })
  expect(await judged(rollback.id)).toMatchObject({
    state: 'succeeded',
    reason: 'let through whatever is left of the error budget: a rollback, asked for by admin@local',
  })
})
