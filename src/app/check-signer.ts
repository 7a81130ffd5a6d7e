import type { App } from './app.ts'
import { keyToSignWith } from './sign-statement.ts'

/** Refuses unless there is a key that is known, valid and not revoked, and the signer can sign with it (I16). */
export async function checkSigner(app: Pick<App, 'store' | 'signer'>): Promise<void> {
  await app.signer.check(await keyToSignWith(app))
}
