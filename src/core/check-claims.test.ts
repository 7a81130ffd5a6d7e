import { expect, test } from 'vitest'
import type { BuildClaims } from './build-claims.ts'
import { checkClaims } from './check-claims.ts'
import { Disbelieved } from './disbelieved.ts'
import type { CertificateClaims } from './signed-fact.ts'
import { trustPolicy } from './trust-policy.ts'

const claims: BuildClaims = {
  builder: 'https://github.com/actions/runner/github-hosted',
  buildType: 'https://actions.github.io/buildtypes/workflow/v1',
  repository: 'https://github.com/acme/shop',
  repositoryId: '42',
  ref: 'refs/heads/main',
  commit: 'c'.repeat(40),
  runner: 'github-hosted',
  parameters: {},
}
const certificate: CertificateClaims = {
  repository: claims.repository,
  repositoryId: '42',
  ref: 'refs/heads/main',
  commit: 'c'.repeat(40),
  runner: 'github-hosted',
}
const silent: CertificateClaims = { repository: null, repositoryId: null, ref: null, commit: null, runner: null }

/** The reason for which the claims do not hold; null when they do. */
function reasonFor(said: Partial<BuildClaims>, proven: CertificateClaims | null, runners?: string[]): string | null {
  const policy = trustPolicy.parse({
    signers: [
      {
        identity: 'https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main',
        issuer: 'https://token.actions.githubusercontent.com',
        builders: [claims.builder],
        'build-types': [claims.buildType],
        ...(runners && { runners }),
      },
    ],
    sources: [{ repository: claims.repository, refs: ['refs/heads/main', 'refs/heads/side'] }],
  })
  try {
    checkClaims({ claims: { ...claims, ...said }, signer: policy.signers[0]!, certificate: proven }, policy)
    return null
  } catch (error) {
    if (error instanceof Disbelieved) return error.reason
    throw error
  }
}

test('A12 A13 a build that says another thing of itself than its certificate is not believed, whichever it is', () => {
  expect(reasonFor({}, certificate)).toBeNull()
  const others = { repositoryId: '43', ref: 'refs/heads/side', commit: 'd'.repeat(40), runner: 'self-hosted' }
  for (const [name, value] of Object.entries(others)) {
    expect(reasonFor({ [name]: value }, certificate), `says ${name}`).toBe('provenance.source')
    expect(reasonFor({}, { ...certificate, [name]: value }), `proves ${name}`).toBe('provenance.source')
  }
  const fork = { ...certificate, repository: 'https://github.com/fork/shop' }
  expect(reasonFor({}, fork)).toBe('provenance.source')
})

test('what a certificate or a provenance says nothing of is not contradicted', () => {
  expect(reasonFor({}, silent)).toBeNull()
  expect(reasonFor({}, null)).toBeNull()
  expect(reasonFor({ runner: null, repositoryId: null, commit: null }, certificate)).toBeNull()
})

test('A12 the kind of runner that counts is the one in the certificate, where it names one', () => {
  expect(reasonFor({}, certificate, ['github-hosted'])).toBeNull()
  expect(reasonFor({ runner: null }, certificate, ['github-hosted'])).toBeNull()
  expect(reasonFor({}, { ...certificate, runner: 'self-hosted' }, ['github-hosted'])).toBe('provenance.builder')
  expect(reasonFor({ runner: 'self-hosted' }, silent, ['github-hosted'])).toBe('provenance.builder')
  expect(reasonFor({ runner: null }, null, ['github-hosted'])).toBe('provenance.builder')
})

test('A12 another version of a builder, and one spelled otherwise, is another builder', () => {
  for (const builder of [`${claims.builder}@v2`, `${claims.builder}/`, claims.builder.slice(0, -1), ''])
    expect(reasonFor({ builder }, certificate), builder).toBe('provenance.builder')
  expect(reasonFor({ buildType: `${claims.buildType}.1` }, certificate)).toBe('provenance.builder')
})
