import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'
import { cancelPromotion } from '../app/cancel-promotion.ts'
import { requestPromotion } from '../app/request-promotion.ts'

const rig = await opened(startServer())

const scrape = async (token: string) => (await rig.ask({ path: '/metrics', token })).text

test('the metrics tell of requests and of deliveries, and name nothing by an id', async () => {
  await rig.build()
  await rig.drain()
  await expect
    .poll(() => scrape(rig.adminToken), { timeout: 10_000 })
    .toContain('lockflight_deployments{project="shop",environment="dev",window="30d"} 1')
  const text = await scrape(rig.adminToken)
  for (const window of ['7d', '30d', '90d']) {
    expect(text).toContain(`lockflight_change_fail_ratio{project="shop",environment="dev",window="${window}"} 0`)
  }
  expect(text).toMatch(/lockflight_change_lead_time_seconds\{.*\} [0-9.]+/)
  expect(text).toContain('lockflight_http_request_duration_seconds_count{method="GET",route="/metrics",status="200"}')
  expect(text).toContain('process_cpu_seconds_total')
  expect(text).not.toMatch(/sha256|[0-9a-f]{8}-[0-9a-f]{4}-/)
})

test('what was never measured is absent, not zero', async () => {
  const text = await scrape(rig.adminToken)
  expect(text).toContain('lockflight_deployments{project="shop",environment="prod",window="30d"} 0')
  expect(text).not.toMatch(/lockflight_change_fail_ratio\{[^}]*environment="prod"/)
  expect(text).not.toMatch(/lockflight_failed_deployment_recovery_time_seconds\{/)
})

test('A09 a scraper sees the projects it may read, and no others', async () => {
  const { token } = await rig.login('scraper', [])
  const text = await scrape(token)
  expect(text).toContain('process_cpu_seconds_total')
  expect(text).not.toContain('shop')
  expect(text).not.toContain('lockflight_installation_')
})

test('the same figures come from the API', async () => {
  const { items } = await rig.clientOf(rig.adminToken).getMetrics({ project: 'shop', environment: 'dev' })
  expect(items).toMatchObject([{ environment: 'dev', days: 30, deployments: 1, changeFailRate: 0 }])
  await expect(rig.clientOf(rig.adminToken).getMetrics({ project: 'shop', environment: 'none' })).rejects.toMatchObject(
    { code: 'not_found' },
  )
})

test('counters start at zero, only go up, and follow the log', async () => {
  const counted = async (series: string) => {
    const line = (await scrape(rig.adminToken)).split('\n').find((one) => one.startsWith(`lockflight_${series} `))
    return line === undefined ? null : Number(line.split(' ').at(-1))
  }
  const completed = 'deployments_completed_total{project="shop",environment="dev",outcome="succeeded"}'
  const passed = 'gate_verdicts_total{project="shop",environment="stg",outcome="pass"}'
  const before = [
    await counted(completed),
    await counted('promotions_requested_total{project="shop",environment="dev"}'),
  ]
  expect(before).toEqual([1, 1])
  expect(await counted('rollbacks_total{project="shop",environment="prod"}')).toBe(0)
  expect(await counted('deployments_completed_total{project="shop",environment="prod",outcome="failed"}')).toBe(0)
  expect(await counted(passed)).toBe(0)

  const { digest } = await rig.build()
  const { id } = await requestPromotion(rig.app, rig.admin, {
    project: 'shop',
    release: digest,
    environment: 'prod',
    class: 'standard',
    reason: '',
  })
  await rig.drain()
  await cancelPromotion(rig.app, rig.admin, { project: 'shop', id, reason: 'a test' })
  await expect.poll(() => counted(completed), { timeout: 10_000 }).toBe(2)
  expect(await counted('gate_verdicts_total{project="shop",environment="prod",outcome="wait"}')).toBeGreaterThan(0)
  const cancelled = 'promotions_ended_total{project="shop",environment="prod",outcome="cancelled"}'
  await expect.poll(() => counted(cancelled), { timeout: 10_000 }).toBe(1)
})

test('denied attempts are counted, and make no series of their own', async () => {
  const { token } = await rig.login('peeper', ['viewer'])
  for (const environment of ['dev', 'no-such-place']) {
    const path = `/api/v1/projects/shop/environments/${environment}/hold`
    const { status } = await rig.ask({ method: 'POST', path, token, body: { reason: 'because' } })
    expect(status).toBe(403)
  }
  await expect
    .poll(() => scrape(rig.adminToken), { timeout: 10_000 })
    .toContain('lockflight_access_denied_total{project="shop"} 2')
  const text = await scrape(rig.adminToken)
  expect(text).not.toContain('no-such-place')
  const named = text.split('\n').filter((line) => line.startsWith('# TYPE lockflight_') && line.endsWith(' counter'))
  expect(named).toHaveLength(10)
  for (const line of named) expect(line).toMatch(/^# TYPE lockflight_\w+_total counter$/)
})

test('denied attempts are counted too where they are about no project, or one that is not', async () => {
  const series = 'lockflight_installation_access_denied_total'
  const total = async () => Number(new RegExp(`^${series} (\\d+)$`, 'm').exec(await scrape(rig.adminToken))?.[1])
  const inShop = 'lockflight_access_denied_total{project="shop"} 2'
  await expect.poll(total, { timeout: 10_000 }).toBe(2)
  const { token } = await rig.login('prowler', [])
  const paths = ['/members', '/log/entries', '/log/checkpoints', '/projects/nowhere/runs']
  const answers = await Promise.all(paths.map((path) => rig.ask({ path: `/api/v1${path}`, token })))
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 404])
  await expect.poll(total, { timeout: 10_000 }).toBe(6)
  const text = await scrape(rig.adminToken)
  expect(text).toContain(inShop)
  expect(text).not.toContain('nowhere')
})
