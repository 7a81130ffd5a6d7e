import { expect, test } from 'vitest'
import type { Statement } from './attestation.ts'
import { digestOf } from './digest.ts'
import { pipeline } from './pipeline.ts'
import { buildProvenance, checkProvenance, provenanceType, readProvenance, type Build } from './provenance.ts'
import type { ProvenanceClaims, ProvenanceExpectations } from './provenance.ts'

const artifacts = [
  { name: 'app.tar', digest: digestOf('app') },
  { name: 'web.tar', digest: digestOf('web') },
]
const build: Build = {
  run: {
    id: 'run-1',
    source: { repository: 'https://git.example/shop.git', commit: 'c'.repeat(40), branch: 'main' },
    pipeline: pipeline.parse({ jobs: { build: { stage: 'build', steps: [{ run: 'make' }] } } }),
    configurationDigest: digestOf('configuration'),
    createdAt: new Date('2026-11-23T09:59:00Z'),
    startedAt: new Date('2026-11-23T10:00:00Z'),
  },
  artifacts,
  lockfiles: [{ path: 'web/package-lock.json', digest: digestOf('lockfile') }],
  builderId: 'https://lockflight.example/builder',
  builderVersion: '0.1.0',
  finishedAt: new Date('2026-11-23T10:05:00Z'),
}
const { source, configurationDigest } = build.run
const expectations: ProvenanceExpectations = {
  release: { artifacts, source, configurationDigest },
  builders: [build.builderId],
}

function claimsOf(statement: Statement): ProvenanceClaims {
  const read = readProvenance(statement)
  if (!('claims' in read)) throw new Error(`unreadable: ${read.problem.observed}`)
  return read.claims
}

const reasons = (claims: Partial<ProvenanceClaims>, expected: Partial<ProvenanceExpectations> = {}) =>
  checkProvenance({ ...claimsOf(buildProvenance(build)), ...claims }, { ...expectations, ...expected }).map(
    ({ reason }) => reason,
  )

/** The problem with a statement in which the value at that path is another one. */
function problemWith(path: string, value: unknown): string {
  const statement: Record<string, unknown> = structuredClone({ ...buildProvenance(build) })
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, statement)
  parent[last] = value
  const read = readProvenance(JSON.parse(JSON.stringify(statement)) as Statement)
  return 'problem' in read ? read.problem.reason : 'readable'
}

test('a statement says everything that went into the build', () => {
  expect(buildProvenance(build)).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: artifacts.map(({ name, digest }) => ({ name, digest: { sha256: digest.slice(7) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://lockflight.dev/pipeline/v1',
        externalParameters: { source, configuration: configurationDigest, pipeline: build.run.pipeline },
        resolvedDependencies: [
          { uri: 'git+https://git.example/shop.git', digest: { gitCommit: 'c'.repeat(40) } },
          {
            uri: `git+https://git.example/shop.git@${'c'.repeat(40)}#web/package-lock.json`,
            digest: { sha256: digestOf('lockfile').slice(7) },
          },
        ],
      },
      runDetails: {
        builder: { id: 'https://lockflight.example/builder', version: { lockflight: '0.1.0' } },
        metadata: {
          invocationId: 'run-1',
          startedOn: '2026-11-23T10:00:00.000Z',
          finishedOn: '2026-11-23T10:05:00.000Z',
        },
      },
    },
  })
})

test('what was built is what is read, and it holds', () => {
  const statement = JSON.parse(JSON.stringify(buildProvenance(build))) as Statement
  expect(claimsOf(statement)).toEqual({
    subjects: artifacts.map(({ digest }) => digest),
    builder: build.builderId,
    source,
    configuration: configurationDigest,
    invocation: 'run-1',
  })
  expect(reasons({}, { repositories: [source.repository], branches: ['release', 'main'] })).toEqual([])
})

test.each([
  ['/srv/git/my shop', 'git+file:///srv/git/my%20shop'],
  ['ssh://git@git.example/shop.git', 'git+ssh://git@git.example/shop.git'],
  ['git@git.example:team/shop.git', 'git+ssh://git@git.example/team/shop.git'],
])('the repository %s becomes the dependency %s', (repository, uri) => {
  const run = { ...build.run, source: { ...source, repository } }
  const statement = buildProvenance({ ...build, lockfiles: [], run })
  expect(statement.predicate).toMatchObject({ buildDefinition: { resolvedDependencies: [{ uri }] } })
  expect(claimsOf(statement).source.repository).toBe(repository)
})

test('A11 every artifact must be among the subjects, whatever its name', () => {
  const [app, web] = artifacts.map(({ digest }) => digest)
  if (!app || !web) throw new Error('two artifacts')
  expect(reasons({ subjects: [app] })).toEqual(['provenance.subject'])
  expect(reasons({ subjects: [app, digestOf('something else')] })).toEqual(['provenance.subject'])
  expect(reasons({ subjects: [digestOf('x')] })).toEqual(['provenance.subject', 'provenance.subject'])
  expect(reasons({ subjects: [web, digestOf('also this'), app] })).toEqual([])
})

test('A12 every expectation is compared exactly', () => {
  const claimed = (change: Partial<typeof source>) => reasons({ source: { ...source, ...change } })
  expect(reasons({ builder: 'https://lockflight.example/builder/' })).toEqual(['provenance.builder'])
  expect(reasons({ builder: 'https://lockflight.example/builde' })).toEqual(['provenance.builder'])
  expect(reasons({}, { builders: ['.*'] })).toEqual(['provenance.builder'])
  expect(reasons({}, { builders: [] })).toEqual(['provenance.builder'])
  expect(claimed({ repository: 'https://git.example/SHOP.git' })).toEqual(['provenance.source'])
  expect(claimed({ repository: 'https://git.example.evil/shop.git' })).toEqual(['provenance.source'])
  expect(claimed({ commit: 'd'.repeat(40) })).toEqual(['provenance.source'])
  expect(claimed({ branch: 'main2' })).toEqual(['provenance.source'])
  expect(claimed({ branch: null })).toEqual(['provenance.source'])
  expect(reasons({}, { repositories: ['https://git.example/'] })).toEqual(['provenance.source'])
  expect(reasons({}, { branches: ['mai', 'main*', 'refs/heads/main'] })).toEqual(['provenance.source'])
  expect(reasons({ configuration: digestOf('other') })).toEqual(['provenance.parameters'])
})

test('a build of no branch passes only where any branch may', () => {
  const detached = { ...source, branch: null }
  const release = { ...expectations.release, source: detached }
  expect(reasons({ source: detached }, { release })).toEqual([])
  expect(reasons({ source: detached }, { release, branches: ['main'] })).toEqual(['provenance.source'])
})

test('several wrong claims are all named at once', () => {
  expect(reasons({ builder: 'x', configuration: digestOf('x') }, { branches: ['x'] })).toEqual([
    'provenance.builder',
    'provenance.source',
    'provenance.parameters',
  ])
})

test('A12 an unknown parameter, another build type or predicate is not believed', () => {
  const definition = 'predicate.buildDefinition'
  expect(problemWith('predicateType', provenanceType)).toBe('readable')
  expect(problemWith(`${definition}.externalParameters.target`, 'x')).toBe('provenance.parameters')
  expect(problemWith(`${definition}.externalParameters.pipeline`, undefined)).toBe('provenance.parameters')
  expect(problemWith(`${definition}.internalParameters`, {})).toBe('provenance.predicate')
  expect(problemWith(`${definition}.buildType`, 'https://lockflight.dev/pipeline/v1/')).toBe('provenance.predicate')
  expect(problemWith('predicate.runDetails.metadata.finishedOn', 'yesterday')).toBe('provenance.predicate')
  expect(problemWith('predicateType', 'https://slsa.dev/provenance/v0.2')).toBe('provenance.predicate')
  expect(provenanceType).toBe('https://slsa.dev/provenance/v1')
})

test('A12 a dependency that is not the claimed source is not believed', () => {
  const dependency = 'predicate.buildDefinition.resolvedDependencies'
  expect(problemWith(`${dependency}.0.digest`, { gitCommit: 'd'.repeat(40) })).toBe('provenance.source')
  expect(problemWith(`${dependency}.0.uri`, 'git+https://git.example/other.git')).toBe('provenance.source')
  const lockfile = `git+https://git.example/shop.git@${source.commit}#package-lock.json`
  expect(problemWith(`${dependency}.1.uri`, lockfile)).toBe('readable')
  expect(problemWith(`${dependency}.1.uri`, lockfile.replace('c#', 'd#'))).toBe('provenance.source')
  expect(problemWith(`${dependency}.1.uri`, 'pkg:npm/zod@4.1.0')).toBe('provenance.source')
  expect(problemWith(`${dependency}.1.digest`, { gitCommit: source.commit })).toBe('provenance.predicate')
  expect(problemWith(dependency, [])).toBe('provenance.predicate')
})
