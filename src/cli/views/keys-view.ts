import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'

type Key = Answer<'listKeys'>['items'][number]

/** Who may sign, each with what it is for, how it stands, and its PEM. */
export function keysText({ items }: Answer<'listKeys'>, look: Look): string {
  return items.map((key) => keyText(key, look)).join('\n\n')
}

function keyText(key: Key, { paint }: Look): string {
  const { id, purpose, publicKey, identity } = key
  const whose = publicKey?.trim() ?? `${identity?.identity} at ${identity?.issuer}`
  return `${paint('bold', purpose)}  ${id}  ${key.revokedAt ? paint('red', standing(key)) : standing(key)}\n${whose}`
}

function standing({ createdAt, validUntil, revokedAt, revokedFrom }: Key): string {
  if (revokedAt) {
    const still = revokedFrom ? `, for what came in from ${revokedFrom.toISOString()} on` : ''
    return `revoked ${revokedAt.toISOString()}${still}`
  }
  const since = `since ${createdAt.toISOString()}`
  return validUntil ? `${since}, signs until ${validUntil.toISOString()}` : since
}
