import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of public conformance data, which is not part of the repository; null on a machine that does not have it. */
export function conformanceFolder(): string | null {
  const given = process.env['LOCKFLIGHT_CONFORMANCE']
  const folder = given ?? join(import.meta.dirname, '../../../shared/conformance')
  if (existsSync(folder)) return folder
  if (given !== undefined) throw new Error(`LOCKFLIGHT_CONFORMANCE names ${given}, which does not exist`)
  return null
}

/** One bundle of the Sigstore conformance suite with all that it is checked against, as files. */
export interface SigstoreCase {
  name: string
  accepted: boolean
  bundle: string
  artifact: string
  sha256: string
  trustedRoot: string
  signer: { key: string } | { identity: string; issuer: string }
}

const beacon =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'

/** Every case of the suite, with the defaults of its README filled in. */
export function sigstoreCases(folder: string): SigstoreCase[] {
  const suite = join(folder, 'sigstore-conformance/bundle-verify')
  return readdirSync(suite)
    .filter((name) => statSync(join(suite, name)).isDirectory())
    .map((name) => {
      const own = (file: string) => join(suite, name, file)
      const either = (file: string, other: string) => (existsSync(own(file)) ? own(file) : other)
      const text = (file: string, standard: string) =>
        existsSync(own(file)) ? readFileSync(own(file), 'utf8').trim() : standard
      const artifact = either('artifact', join(suite, 'a.txt'))
      return {
        name,
        accepted: !name.endsWith('_fail'),
        bundle: own('bundle.sigstore.json'),
        artifact,
        sha256: createHash('sha256').update(readFileSync(artifact)).digest('hex'),
        trustedRoot: either('trusted_root.json', join(folder, 'trust/public-good-trusted_root.json')),
        signer: existsSync(own('key.pub'))
          ? { key: own('key.pub') }
          : {
              identity: text('identity', beacon),
              issuer: text('issuer', 'https://token.actions.githubusercontent.com'),
            },
      }
    })
}
