import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { AnyBundle, Statement } from '../../src/core/attestation.ts'
import { createSigner } from '../../src/signers/index.ts'
import { githubBuild, githubHosted, workflow } from './other-ci.ts'
import { stackIdentity, stackIssuer, startSigstore } from './sigstore.ts'

/** As whom it signs; all of it has a default. */
interface SignsAs {
  identity?: string
  issuer?: string
  /** What the token of GitHub Actions says beside: it goes into the certificate. */
  claims?: Record<string, string>
  /** The private Sigstore; one of its own when absent. */
  stack?: Awaited<ReturnType<typeof startSigstore>>
}

/** Another CI that signs without a key of its own: with certificates, log entries and time stamps of a private Sigstore. */
export async function startKeyless(given: SignsAs = {}) {
  const { identity = stackIdentity, issuer = stackIssuer, claims = {} } = given
  const stack = given.stack ?? (await startSigstore())
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-keyless-'))
  const token = join(folder, 'token')
  await writeFile(token, stack.token({ sub: identity, iss: issuer, more: claims }), { mode: 0o600 })
  await writeFile(join(folder, 'root.json'), JSON.stringify(stack.root))
  const services = { fulcio: stack.url, rekor: stack.url, timestamp: stack.url, 'trusted-root': 'root.json' }
  const signsAs = { identity, issuer, token: { file: token } }
  const file = join(folder, 'keyless.yaml')
  await writeFile(file, stringify({ ...services, ...signsAs }))
  const signer = await createSigner({ use: 'keyless', file }, { folder, now: async () => new Date() })
  const [key] = await signer.keys()
  if (!key) throw new Error('expected a signer with an identity')

  return {
    /** The trusted root, as JSON. */
    root: stack.root,
    identity,
    issuer,
    /** What lets its builds in, as the `provenance` gate has it under `trust`. */
    trust: {
      roots: [{ root: stack.root }],
      signers: [{ identity, issuer, builders: [githubHosted], 'build-types': [githubBuild] }],
      sources: [{ repository: workflow.repository, 'repository-id': '42', refs: [workflow.ref] }],
    },
    sign: (statement: Statement): Promise<AnyBundle> => signer.sign(statement, key),
    async stop() {
      if (!given.stack) await stack.stop()
      await rm(folder, { recursive: true })
    },
  }
}
