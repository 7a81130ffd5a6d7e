import { activeKey, keyProblem } from '../core/active-key.ts'
import type { AnyBundle, SigningKey, Statement, TrustedKey } from '../core/attestation.ts'
import { canonical, digestOfJson, type Digest } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import type { App } from './app.ts'

/** What was signed, as it is stored. */
export interface SignedStatement {
  predicateType: string
  digest: Digest
  bundle: AnyBundle
}

/** Signs as the newest key that is trusted now, and believes the result only when it verifies as that of anyone else would. Asks the signer and the database, so never inside a transaction; throws, and then whatever wanted the signature is done again. */
export async function signStatement(
  app: Pick<App, 'store' | 'signer'>,
  statement: Statement,
): Promise<SignedStatement> {
  const key = await keyToSignWith(app)
  const bundle = await app.signer.sign(statement, key)
  const result = verifyOwn(bundle, [key], null)
  if (!result.verified) throw notBelieved(`${result.reason}: ${result.message}`)
  if (canonical(result.statement) !== canonical(statement)) throw notBelieved('it says something else')
  return { predicateType: statement.predicateType, digest: digestOfJson(bundle), bundle }
}

/** The key that signs now; refuses with `unavailable`, saying of each that the signer holds why it is not to be used. */
export async function keyToSignWith({ store, signer }: Pick<App, 'store' | 'signer'>): Promise<TrustedKey> {
  const [held, { trusted, at }] = await Promise.all([
    signer.keys(),
    store.read(async (tx) => ({ trusted: await tx.keys.list(), at: tx.now })),
  ])
  const key = activeKey(held, trusted, at)
  if (key) return key
  throw notBelieved(held.map((each) => whyNot(each, trusted, at)).join('; '))
}

function whyNot({ id }: SigningKey, trusted: TrustedKey[], at: Date): string {
  const known = trusted.find((key) => key.id === id)
  if (!known) return `key ${id} is not known here`
  return keyProblem(known, at)?.message ?? `key ${id} signs for something else`
}

function notBelieved(why: string): Refusal {
  const remedy = 'an admin can make a new key the one that signs: lockflight keys rotate'
  return new Refusal('unavailable', `what is signed here is not believed here: ${why}; ${remedy}`, {
    reason: 'signer_unavailable',
  })
}
