import { z } from 'zod'
import type { Statement } from './attestation.ts'
import { digest, type Digest } from './digest.ts'
import type { Lockfile } from './lockfile.ts'
import type { Artifact, Source } from './release.ts'
import type { Run } from './run.ts'

/** SLSA Provenance v1 (slsa.dev/spec/v1.2/build-provenance). */
export const provenanceType = 'https://slsa.dev/provenance/v1'

/** How Lockflight builds: the meaning of the parameters below. */
export const pipelineBuildType = 'https://lockflight.dev/pipeline/v1'

/** One finished build, as the server saw it. */
export interface Build {
  run: Pick<Run, 'id' | 'source' | 'pipeline' | 'configurationDigest' | 'startedAt' | 'createdAt'>
  artifacts: Pick<Artifact, 'name' | 'digest'>[]
  /** Those of the commit; what they pin, a build could have taken in. */
  lockfiles: Pick<Lockfile, 'path' | 'digest'>[]
  /** This installation: the `builder.id`. */
  builderId: string
  builderVersion: string
  finishedAt: Date
}

/** Says how a release was built. Every field comes from the server's own records, none from a job; the external parameters are complete. */
export function buildProvenance(build: Build): Statement {
  const { run, artifacts, lockfiles, builderId, builderVersion, finishedAt } = build
  const { pipeline, configurationDigest } = run
  const { repository, commit, branch } = run.source
  const predicate: z.input<typeof provenance> = {
    buildDefinition: {
      buildType: pipelineBuildType,
      externalParameters: { source: { repository, commit, branch }, configuration: configurationDigest, pipeline },
      resolvedDependencies: [
        { uri: dependencyUri(repository), digest: { gitCommit: commit } },
        ...lockfiles.map(({ path, digest: bytes }) => ({
          uri: fileUri(repository, commit, path),
          digest: { sha256: hexOf(bytes) },
        })),
      ],
    },
    runDetails: {
      builder: { id: builderId, version: { lockflight: builderVersion } },
      metadata: {
        invocationId: run.id,
        startedOn: (run.startedAt ?? run.createdAt).toISOString(),
        finishedOn: finishedAt.toISOString(),
      },
    },
  }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: artifacts.map((artifact) => ({ name: artifact.name, digest: { sha256: hexOf(artifact.digest) } })),
    predicateType: provenanceType,
    predicate,
  }
}

/** SPDX download location syntax, as SLSA's examples have it; a local path becomes a file address. */
export function dependencyUri(repository: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(repository)) return `git+${repository}`
  if (repository.startsWith('/')) return `git+file://${encodeURI(repository)}`
  const [, host, path] = /^([^/:]+):(.+)$/.exec(repository) ?? []
  return host && path ? `git+ssh://${host}/${path}` : `git+${encodeURI(repository)}`
}

/** The same of one file of a commit. */
export function fileUri(repository: string, commit: string, path: string): string {
  return `${dependencyUri(repository)}@${commit}#${path.split('/').map(encodeURIComponent).join('/')}`
}

const lockfileDependency = z.strictObject({
  uri: z.string(),
  digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})

const provenance = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: z.literal(pipelineBuildType),
    externalParameters: z.strictObject({
      source: z.strictObject({
        repository: z.string().min(1),
        commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
        branch: z.string().min(1).nullable(),
      }),
      configuration: digest,
      pipeline: z.record(z.string(), z.unknown()),
    }),
    /** The commit, and files of it. */
    resolvedDependencies: z.tuple(
      [z.strictObject({ uri: z.string(), digest: z.strictObject({ gitCommit: z.string() }) })],
      lockfileDependency,
    ),
  }),
  runDetails: z.strictObject({
    builder: z.strictObject({ id: z.string().min(1), version: z.record(z.string(), z.string()) }),
    metadata: z.strictObject({
      invocationId: z.string().min(1),
      startedOn: z.iso.datetime(),
      finishedOn: z.iso.datetime(),
    }),
  }),
})

/** What a provenance claims, as far as anything is decided by it. */
export const provenanceClaims = z.strictObject({
  subjects: z.array(digest).min(1),
  builder: z.string(),
  source: z.strictObject({ repository: z.string(), commit: z.string(), branch: z.string().nullable() }),
  configuration: digest,
  invocation: z.string(),
})
export type ProvenanceClaims = z.infer<typeof provenanceClaims>

/** One claim that is not what was expected. */
export interface ProvenanceProblem {
  reason:
    | 'provenance.predicate'
    | 'provenance.subject'
    | 'provenance.builder'
    | 'provenance.source'
    | 'provenance.parameters'
  expected: string
  observed: string
}

/** Reads a verified statement strictly: an unknown parameter could change the build without anyone having allowed it, so it is a problem. */
export function readProvenance(statement: Statement): { claims: ProvenanceClaims } | { problem: ProvenanceProblem } {
  const { predicateType, predicate, subject } = statement
  if (predicateType !== provenanceType) {
    return { problem: { reason: 'provenance.predicate', expected: provenanceType, observed: predicateType } }
  }
  const read = provenance.safeParse(predicate)
  if (!read.success) {
    const aboutParameters = read.error.issues.every(({ path }) => path[1] === 'externalParameters')
    const reason = aboutParameters ? 'provenance.parameters' : 'provenance.predicate'
    return {
      problem: { reason, expected: 'a SLSA v1 provenance of a pipeline', observed: z.prettifyError(read.error) },
    }
  }
  const { buildDefinition, runDetails } = read.data
  const { source, configuration } = buildDefinition.externalParameters
  const [commit, ...files] = buildDefinition.resolvedDependencies
  const uri = dependencyUri(source.repository)
  if (commit.digest.gitCommit !== source.commit || commit.uri !== uri) {
    const observed = `${commit.uri} at ${commit.digest.gitCommit}`
    return {
      problem: { reason: 'provenance.source', expected: `the dependency ${uri} at ${source.commit}`, observed },
    }
  }
  const foreign = files.find((file) => !file.uri.startsWith(`${uri}@${source.commit}#`))
  if (foreign) {
    const expected = `only files of ${uri}@${source.commit} beside it`
    return { problem: { reason: 'provenance.source', expected, observed: foreign.uri } }
  }
  const subjects = subject.map((each): Digest => `sha256:${each.digest.sha256}`)
  const { builder, metadata } = runDetails
  return { claims: { subjects, builder: builder.id, source, configuration, invocation: metadata.invocationId } }
}

/** What the claims are compared with. */
export interface ProvenanceExpectations {
  release: { artifacts: Pick<Artifact, 'name' | 'digest'>[]; source: Source; configurationDigest: Digest | null }
  builders: string[]
  /** Any, when absent. */
  repositories?: string[] | undefined
  branches?: string[] | undefined
}

/** Every claim that is not exactly what was expected; none means the provenance holds. No patterns, no case folding, no prefixes (A11, A12). */
export function checkProvenance(
  { subjects, builder, source, configuration }: ProvenanceClaims,
  { release, builders, repositories, branches }: ProvenanceExpectations,
): ProvenanceProblem[] {
  const problem = (reason: ProvenanceProblem['reason'], expected: string, observed: string) => [
    { reason, expected, observed },
  ]
  const missing = release.artifacts.filter((artifact) => !subjects.includes(artifact.digest))
  const { repository, branch } = source
  return [
    ...missing.flatMap((artifact) =>
      problem('provenance.subject', `${artifact.name} ${artifact.digest}`, `only ${subjects.join(', ')}`),
    ),
    ...(builders.includes(builder) ? [] : problem('provenance.builder', `built by ${builders.join(' or ')}`, builder)),
    ...(placeOf(source) === placeOf(release.source)
      ? []
      : problem('provenance.source', placeOf(release.source), placeOf(source))),
    ...(!repositories || repositories.includes(repository)
      ? []
      : problem('provenance.source', `repository ${repositories.join(' or ')}`, repository)),
    ...(!branches || (branch !== null && branches.includes(branch))
      ? []
      : problem('provenance.source', `branch ${branches.join(' or ')}`, branch ?? 'no branch')),
    ...(configuration === release.configurationDigest
      ? []
      : problem(
          'provenance.parameters',
          `configuration ${release.configurationDigest ?? 'that another CI did not read'}`,
          configuration,
        )),
  ]
}

function placeOf({ repository, commit, branch }: Source): string {
  return `${repository} at ${commit}, ${branch === null ? 'no branch' : `branch ${branch}`}`
}

function hexOf(name: Digest): string {
  return name.slice('sha256:'.length)
}
