import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { AnyBundle, Statement } from '../../src/core/attestation.ts'
import type { Digest } from '../../src/core/digest.ts'
import { bundleOf, keyIdOf } from '../../src/core/dsse.ts'
import { provenanceType } from '../../src/core/provenance.ts'

/** What the workflow of another CI was started with. */
export const workflow = {
  ref: 'refs/heads/main',
  repository: 'https://github.com/acme/shop',
  path: '.github/workflows/release.yml',
}

/** The `builder.id` that its provenance names. */
export const githubHosted = 'https://github.com/actions/runner/github-hosted'

/** The `buildType` that its provenance names. */
export const githubBuild = 'https://actions.github.io/buildtypes/workflow/v1'

/** The commit it was started for. */
export const workflowCommit = 'c'.repeat(40)

/** What may be different about a build. */
export interface BuildChange {
  builder?: string
  buildType?: string
  commit?: string
  workflow?: Partial<typeof workflow>
  parameters?: Record<string, unknown>
  repositoryId?: string
  runner?: string
  predicateType?: string
}

/** A provenance as GitHub Actions makes it. */
export function githubProvenance(artifacts: { name: string; digest: Digest }[], change: BuildChange = {}): Statement {
  const started = { ...workflow, ...change.workflow }
  const source = {
    uri: `git+${started.repository}@${started.ref}`,
    digest: { gitCommit: change.commit ?? workflowCommit },
  }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: artifacts.map(({ name, digest }) => ({ name, digest: { sha256: digest.slice('sha256:'.length) } })),
    predicateType: change.predicateType ?? provenanceType,
    predicate: {
      buildDefinition: {
        buildType: change.buildType ?? githubBuild,
        externalParameters: { workflow: started, ...change.parameters },
        internalParameters: {
          github: {
            repository_id: change.repositoryId ?? '42',
            ...(change.runner !== undefined && { runner_environment: change.runner }),
          },
        },
        resolvedDependencies: [source],
      },
      runDetails: { builder: { id: change.builder ?? githubHosted } },
    },
  }
}

/** Another CI with a key of its own, which is in no transparency log. */
export function otherCi() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = keyIdOf(publicKey)
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return {
    id,
    pem,
    attest: (statement: Statement): AnyBundle => bundleOf(statement, id, (bytes) => sign('sha256', bytes, privateKey)),
    /** As `cosign sign-blob --bundle` has it. */
    signBlob(bytes: Uint8Array): AnyBundle {
      const digest = createHash('sha256').update(bytes).digest('base64')
      return {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: { publicKey: { hint: id } },
        messageSignature: {
          messageDigest: { algorithm: 'SHA2_256', digest },
          signature: sign('sha256', bytes, privateKey).toString('base64'),
        },
      }
    },
    /** Settings of the `provenance` gate that let its builds in, as YAML has them. */
    trust: (change: { signer?: object; source?: object; policy?: object } = {}) => ({
      signers: [{ key: pem, builders: [githubHosted], 'build-types': [githubBuild], ...change.signer }],
      sources: [
        { repository: workflow.repository, 'repository-id': '42', refs: ['refs/heads/main'], ...change.source },
      ],
      'transparency-log': false,
      ...change.policy,
    }),
  }
}
