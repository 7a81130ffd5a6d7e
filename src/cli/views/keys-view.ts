import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'

/** Public keys, each with what it is for and its PEM. */
export function keysText({ items }: Answer<'listKeys'>, { paint }: Look): string {
  const texts = items.map(({ id, purpose, createdAt, revokedAt, publicKey }) => {
    const state = revokedAt ? paint('red', `revoked ${revokedAt.toISOString()}`) : `since ${createdAt.toISOString()}`
    return `${paint('bold', purpose)}  ${id}  ${state}\n${publicKey.trim()}`
  })
  return texts.join('\n\n')
}
