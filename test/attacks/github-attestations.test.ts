import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { digestOf } from '../../src/core/digest.ts'
import { startKeyless } from '../rig/keyless.ts'
import { opened } from '../rig/opened.ts'
import { githubProvenance, workflow, workflowCommit, type BuildChange } from '../rig/other-ci.ts'
import { startServer } from '../rig/server.ts'
import { startSigstore } from '../rig/sigstore.ts'

const rig = await opened(startServer())
const stack = await opened(startSigstore())
const admin = rig.clientOf(rig.adminToken)
const artifact = digestOf('app')

const identity = `${workflow.repository}/${workflow.path}@${workflow.ref}`
const issuer = 'https://token.actions.githubusercontent.com'
/** What the token of GitHub Actions says of a run, and Fulcio writes into the certificate. */
const claims = {
  repository: 'acme/shop',
  repository_id: '42',
  ref: workflow.ref,
  sha: workflowCommit,
  runner_environment: 'github-hosted',
}
type Claims = Partial<typeof claims>

/** As GitHub answers at `/repos/acme/shop/attestations/<digest>`. */
async function attested({
  as = identity,
  said = {},
  build = {},
}: { as?: string; said?: Claims; build?: BuildChange } = {}) {
  const ci = await startKeyless({ stack, identity: as, issuer, claims: { ...claims, ...said } })
  const bundle = await ci.sign(
    githubProvenance([{ name: 'app', digest: artifact }], { runner: 'github-hosted', ...build }),
  )
  await ci.stop()
  const where = { repository_id: 42, bundle_url: 'https://storage.example/bundle', initiator: 'user' }
  return { trust: ci.trust, text: JSON.stringify({ attestations: [{ bundle, ...where }] }) }
}

const good = await attested()
const [signer] = good.trust.signers
const policy = stringify({
  ...good.trust,
  signers: [{ ...signer, identity, runners: ['github-hosted'], level: 2 }],
  'min-level': 2,
  'max-age': '1d',
})
const ask = (text: string) => admin.verifyArtifact({ artifact, bundles: [text], policy })

test('what GitHub attests of a build is believed, with its certificate, log entry and time', async () => {
  expect(await ask(good.text)).toMatchObject({
    verdict: 'accepted',
    signers: [identity],
    claims: { repository: workflow.repository, commit: workflowCommit, runner: 'github-hosted' },
  })
})

test.each<[string, string, Parameters<typeof attested>[0]]>([
  ['another workflow', 'signature.identity', { as: identity.replace('release.yml', 'other.yml') }],
  [
    'the workflow of a fork',
    'signature.identity',
    { as: identity.replace('acme', 'fork'), said: { repository: 'fork/shop' } },
  ],
  ['the workflow of another branch', 'signature.identity', { as: identity.replace('main', 'side') }],
  ['the workflow with a character less', 'signature.identity', { as: identity.slice(0, -1) }],
  ['a certificate for another repository', 'provenance.source', { said: { repository: 'fork/shop' } }],
  ['a certificate for a repository under the same name', 'provenance.source', { said: { repository_id: '43' } }],
  ['a certificate for another branch', 'provenance.source', { said: { ref: 'refs/heads/side' } }],
  ['a certificate for another commit', 'provenance.source', { said: { sha: 'd'.repeat(40) } }],
  ['a runner of their own', 'provenance.builder', { said: { runner_environment: 'self-hosted' } }],
  [
    'a provenance of another repository',
    'provenance.source',
    { build: { workflow: { repository: 'https://github.com/fork/shop' } } },
  ],
  ['a provenance of another commit', 'provenance.source', { build: { commit: 'd'.repeat(40) } }],
  ['a provenance that says another runner', 'provenance.source', { build: { runner: 'self-hosted' } }],
  ['an input that nobody expects', 'provenance.parameters', { build: { parameters: { inputs: { debug: 'true' } } } }],
  ['another builder', 'provenance.builder', { build: { builder: 'https://github.com/actions/runner/self-hosted' } }],
  ['another kind of build', 'provenance.builder', { build: { buildType: 'https://example.com/build/v1' } }],
  [
    'an older kind of provenance',
    'provenance.missing',
    { build: { predicateType: 'https://slsa.dev/provenance/v0.2' } },
  ],
])('A12 A13 %s, however well signed, is refused as %s', async (_, reason, given) => {
  expect(await ask((await attested(given)).text)).toMatchObject({ verdict: 'refused', reason })
})
