import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CartProblem, priceCart } from '../src/cart.js'
import { prices } from '../src/prices.js'

test('a cart costs the sum of its lines', () => {
  assert.equal(priceCart({ tea: 2, mug: 1 }).totalCents, 2 * 495 + 1250)
})

test('every amount is a whole number of cents', () => {
  for (const item of Object.keys(prices)) {
    for (let quantity = 1; quantity <= 99; quantity++) {
      const { totalCents } = priceCart({ [item]: quantity })
      assert.ok(Number.isInteger(totalCents), `${quantity} × ${item} costs ${totalCents} cents`)
    }
  }
})

test('an empty cart, an unknown item and an odd quantity are refused', () => {
  for (const cart of [null, {}, { unicorn: 1 }, { toString: 1 }, { tea: 0 }, { tea: 1.5 }, { tea: 100 }]) {
    assert.throws(() => priceCart(cart), CartProblem, JSON.stringify(cart))
  }
})
