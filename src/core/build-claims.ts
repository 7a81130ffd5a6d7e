import { z } from 'zod'
import type { Statement } from './attestation.ts'
import { Disbelieved } from './disbelieved.ts'
import { pipelineBuildType, provenanceType } from './provenance.ts'

/** What a provenance claims, as far as anything is decided by it. */
export const buildClaims = z.strictObject({
  builder: z.string(),
  buildType: z.string(),
  /** Null where the kind of build says nothing of it. */
  repository: z.string().nullable(),
  repositoryId: z.string().nullable(),
  ref: z.string().nullable(),
  commit: z.string().nullable(),
  /** What kind of machine it ran on, such as `github-hosted`. */
  runner: z.string().nullable(),
  /** Whatever else could have changed the build: each must be expected by name and value. */
  parameters: z.record(z.string(), z.unknown()),
})
export type BuildClaims = z.output<typeof buildClaims>

/** SLSA Provenance v1 (slsa.dev/spec/v1.2): fields that producers may add do no harm, as only these are believed. */
const predicate = z.object({
  buildDefinition: z.object({
    buildType: z.string().min(1),
    externalParameters: z.record(z.string(), z.unknown()).default({}),
    internalParameters: z.record(z.string(), z.unknown()).default({}),
    resolvedDependencies: z
      .array(z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }))
      .default([]),
  }),
  runDetails: z.object({ builder: z.object({ id: z.string().min(1) }) }),
})
type Predicate = z.output<typeof predicate>

/** Reads the claims of a provenance; they are worth as much as the signature that was checked. Throws `Disbelieved`. */
export function claimsOf({
  predicateType,
  predicate: given,
}: Pick<Statement, 'predicateType' | 'predicate'>): BuildClaims {
  if (predicateType !== provenanceType) {
    throw new Disbelieved('provenance.predicate', `expected ${provenanceType}, found ${predicateType}`)
  }
  const read = predicate.safeParse(given)
  if (!read.success) throw new Disbelieved('provenance.predicate', z.prettifyError(read.error))
  const { buildType } = read.data.buildDefinition
  const source = Object.hasOwn(kinds, buildType) ? kinds[buildType]?.(read.data) : undefined
  const claims = {
    builder: read.data.runDetails.builder.id,
    buildType,
    ...(source ?? unknownKind(read.data)),
  }
  const size = JSON.stringify(claims).length
  if (size <= mostCharacters) return claims
  const most = `claims of at most ${mostCharacters} characters`
  throw new Disbelieved('provenance.predicate', `expected ${most}, found ${size}`)
}

/** They are written down anew with each verdict of a gate, whoever has signed them. */
const mostCharacters = 65_536

/** The branch that a ref stands for; null for a tag, and for anything else. */
export function branchOf(ref: string | null): string | null {
  const [, branch = null] = /^refs\/heads\/(.+)$/.exec(ref ?? '') ?? []
  return branch
}

type SourceClaims = Omit<BuildClaims, 'builder' | 'buildType'>

const github = z.object({
  workflow: z.strictObject({ ref: z.string(), repository: z.string(), path: z.string() }),
})
const githubInside = z.object({
  github: z.object({ repository_id: z.string(), runner_environment: z.string().optional() }).optional(),
})

/** actions.github.io/buildtypes/workflow/v1, and its older name. */
function fromGithub({ buildDefinition }: Predicate): SourceClaims {
  const { externalParameters, internalParameters } = buildDefinition
  const read = github.safeParse(externalParameters)
  if (!read.success) throw new Disbelieved('provenance.parameters', z.prettifyError(read.error))
  const { workflow, ...parameters } = { ...externalParameters, ...read.data }
  const inside = githubInside.safeParse(internalParameters)
  return {
    repository: workflow.repository,
    repositoryId: inside.data?.github?.repository_id ?? null,
    ref: workflow.ref,
    commit: commitOf(buildDefinition, `git+${workflow.repository}@${workflow.ref}`),
    runner: inside.data?.github?.runner_environment ?? null,
    parameters: { ...parameters, 'workflow.path': workflow.path },
  }
}

const ours = z.object({
  source: z.strictObject({ repository: z.string(), commit: z.string(), branch: z.string().nullable() }),
})

/** What Lockflight itself builds; the pipeline is of that commit, and no parameter of its own. */
function fromLockflight({ buildDefinition: { externalParameters } }: Predicate): SourceClaims {
  const read = ours.safeParse(externalParameters)
  if (!read.success) throw new Disbelieved('provenance.parameters', z.prettifyError(read.error))
  const { source } = read.data
  const { source: _, pipeline: __, configuration: ___, ...parameters } = externalParameters
  return {
    repository: source.repository,
    repositoryId: null,
    ref: source.branch === null ? null : `refs/heads/${source.branch}`,
    commit: source.commit,
    runner: null,
    parameters,
  }
}

const kinds: Record<string, (read: Predicate) => SourceClaims> = {
  'https://actions.github.io/buildtypes/workflow/v1': fromGithub,
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1': fromGithub,
  [pipelineBuildType]: fromLockflight,
}

/** Of a build type nobody here knows, the first git dependency is the source, as SLSA's examples have it, and every parameter counts. */
function unknownKind({ buildDefinition }: Predicate): SourceClaims {
  const { externalParameters, resolvedDependencies } = buildDefinition
  const git = resolvedDependencies.find(({ uri }) => uri?.startsWith('git+'))
  const [, repository = null, ref = null] = /^git\+([^@#]+)(?:@([^#]+))?$/.exec(git?.uri ?? '') ?? []
  return {
    repository,
    repositoryId: null,
    ref,
    commit: git?.digest?.['gitCommit'] ?? null,
    runner: null,
    parameters: externalParameters,
  }
}

function commitOf({ resolvedDependencies }: Predicate['buildDefinition'], uri: string): string | null {
  return resolvedDependencies.find((dependency) => dependency.uri === uri)?.digest?.['gitCommit'] ?? null
}
