import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { CartProblem, priceCart } from './cart.js'
import { prices } from './prices.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const longestBody = 10_000

/** The shop as an HTTP server that does not listen yet. */
export function createShop({ environment = 'local' } = {}) {
  let orders = 0
  const routes = {
    'GET /healthz': () => ({ ok: true }),
    'GET /version': () => ({ service: 'checkout', version, environment }),
    'GET /prices': () => prices,
    'GET /cart': ({ query }) => priceCart(Object.fromEntries([...query].map(([item, text]) => [item, Number(text)]))),
    'POST /checkout': ({ body }) => ({ order: ++orders, ...priceCart(body) }),
  }
  return createServer(async (request, response) => {
    const { status, answer } = await respond(routes, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`)
  })
}

async function respond(routes, request) {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://shop')
    const route = routes[`${request.method} ${pathname}`]
    if (!route) return { status: 404, answer: { error: `no ${request.method} ${pathname} here` } }
    const body = request.method === 'POST' ? await readJson(request) : undefined
    return { status: 200, answer: route({ query: searchParams, body }) }
  } catch (error) {
    return { status: error instanceof CartProblem ? 400 : 500, answer: { error: error.message } }
  }
}

async function readJson(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > longestBody) throw new CartProblem(`expected at most ${longestBody} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new CartProblem('expected a JSON object such as {"tea": 2}')
  }
}
