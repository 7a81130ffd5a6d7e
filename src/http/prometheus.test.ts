import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  rig = await startServer()
})
afterAll(() => rig.stop())

const scrape = async (token: string) => (await rig.ask({ path: '/metrics', token })).text

test('the metrics tell of requests and of deliveries, and name nothing by an id', async () => {
  await rig.build()
  await rig.drain()
  await expect
    .poll(() => scrape(rig.adminToken), { timeout: 10_000 })
    .toContain('lockflight_deployments{project="shop",environment="dev",window="30d"} 1')
  const text = await scrape(rig.adminToken)
  expect(text).toContain('lockflight_change_fail_ratio{project="shop",environment="dev",window="30d"} 0')
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
})

test('the same figures come from the API', async () => {
  const { items } = await rig.clientOf(rig.adminToken).getMetrics({ project: 'shop', environment: 'dev' })
  expect(items).toMatchObject([{ environment: 'dev', days: 30, deployments: 1, changeFailRate: 0 }])
  await expect(rig.clientOf(rig.adminToken).getMetrics({ project: 'shop', environment: 'none' })).rejects.toMatchObject(
    { code: 'not_found' },
  )
})
