import type { CertifiedIdentity, SigningKey, TrustedKey } from './attestation.ts'
import { digestOfJson } from './digest.ts'
import type { Disbelief } from './disbelieved.ts'

/** As which of the keys it holds a signer signs at that moment: the newest that is trusted then; undefined when none is. */
export function activeKey(held: SigningKey[], trusted: TrustedKey[], at: Date): TrustedKey | undefined {
  const ids = new Set(held.map(({ id }) => id))
  return trusted
    .filter((key) => ids.has(key.id) && key.purpose === 'provenance' && canSign(key, at))
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())[0]
}

/** True when what a key signs at that moment would count. */
export function canSign({ revokedAt, validUntil }: TrustedKey, at: Date): boolean {
  return revokedAt === null && (validUntil === null || validUntil > at)
}

/** An identity as a key to sign with; its name binds all of it, so that nobody can put another one in its place. */
export function certifiedKey(identity: CertifiedIdentity): SigningKey {
  return { id: `keyless:${digestOfJson(identity)}`, publicKey: null, identity }
}

/** A key that is trusted from that moment on, to sign statements with. */
export function newlyTrusted({ id, publicKey, identity }: SigningKey, createdAt: Date): TrustedKey {
  const open = { validUntil: null, revokedAt: null, revokedFrom: null }
  return { id, publicKey, identity, purpose: 'provenance', createdAt, ...open }
}

/** Why what that key has signed does not count, wherever its signature fits; null when it does. */
export function keyProblem(key: TrustedKey, storedAt: Date | null): { reason: Disbelief; message: string } | null {
  const { id, validUntil, revokedAt, revokedFrom } = key
  if (revokedAt && !(revokedFrom && storedAt && storedAt < revokedFrom)) {
    const since = revokedFrom ? `, for everything from ${revokedFrom.toISOString()} on` : ''
    return { reason: 'key.revoked', message: `key ${id} was revoked at ${revokedAt.toISOString()}${since}` }
  }
  if (validUntil && storedAt && storedAt >= validUntil) {
    const message = `key ${id} was good until ${validUntil.toISOString()}, and this came in at ${storedAt.toISOString()}`
    return { reason: 'key.validity', message }
  }
  return null
}
