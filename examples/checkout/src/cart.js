import { prices } from './prices.js'

/** Prices a cart given as item → quantity; throws a `CartProblem` for what cannot be sold. */
export function priceCart(quantities) {
  const lines = Object.entries(quantities ?? {}).map(([item, quantity]) => {
    if (!Object.hasOwn(prices, item)) throw new CartProblem(`we do not sell ${item}`)
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 99) {
      throw new CartProblem(`${item}: expected a quantity from 1 to 99, found ${quantity}`)
    }
    return { item, quantity, cents: lineCents(prices[item], quantity) }
  })
  if (lines.length === 0) throw new CartProblem('the cart is empty')
  return { lines, totalCents: lines.reduce((sum, { cents }) => sum + cents, 0) }
}

function lineCents(price, quantity) {
  return price * quantity
}

/** Something the customer can put right. */
export class CartProblem extends Error {}
