import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { createShop } from '../src/server.js'

const server = createShop({ environment: 'test' })
let url

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.close()
  server.closeAllConnections()
})

const get = async (path) => {
  const response = await fetch(url + path)
  return { status: response.status, answer: await response.json() }
}
const checkout = async (body) => {
  const response = await fetch(`${url}/checkout`, { method: 'POST', body })
  return { status: response.status, answer: await response.json() }
}

test('says that it is well and which version it is', async () => {
  assert.deepEqual(await get('/healthz'), { status: 200, answer: { ok: true } })
  const { answer } = await get('/version')
  assert.equal(answer.service, 'checkout')
  assert.equal(answer.environment, 'test')
  assert.match(answer.version, /^\d+\.\d+\.\d+$/)
})

test('prices a cart without selling it', async () => {
  const { status, answer } = await get('/cart?tea=2')
  assert.equal(status, 200)
  assert.equal(answer.totalCents, 990)
})

test('takes orders and counts them', async () => {
  const first = await checkout('{"mug": 1}')
  const second = await checkout('{"tea": 1, "kettle": 1}')
  assert.equal(first.answer.totalCents, 1250)
  assert.equal(second.answer.totalCents, 495 + 3900)
  assert.equal(second.answer.order, first.answer.order + 1)
})

test('a cart that cannot be sold, a body that is not JSON and an unknown path get an answer too', async () => {
  assert.equal((await get('/cart?unicorn=1')).status, 400)
  assert.equal((await checkout('{"tea":')).status, 400)
  assert.equal((await checkout(`{"tea": ${' '.repeat(20_000)}1}`)).status, 400)
  assert.equal((await get('/nowhere')).status, 404)
})
