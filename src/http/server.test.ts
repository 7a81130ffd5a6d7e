import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  rig = await startServer()
})
afterAll(() => rig.stop())

test('an endpoint answers in the shape it declares', async () => {
  const answer = await rig.ask({ path: '/api/v1/projects/shop', token: rig.adminToken })
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.body).toMatchObject({ project: 'shop', revision: { number: 1, appliedBy: 'admin@local' } })
  expect(answer.body.revision.appliedAt).toMatch(/^\d{4}-.*Z$/)
})
