import type { DeployRequest, Inspection } from './deployer.ts'

/** All that scripts are told about a deployment. Values reach them only as environment variables, so no version, branch or URL is ever read as part of a command (A20). */
export function deployVariables(request: DeployRequest): Record<string, string> {
  const { release } = request
  return {
    LOCKFLIGHT_PHASE: request.phase,
    LOCKFLIGHT_PROJECT: request.project,
    LOCKFLIGHT_ENVIRONMENT: request.environment,
    LOCKFLIGHT_PROMOTION: request.promotion,
    LOCKFLIGHT_ATTEMPT: String(request.attempt),
    LOCKFLIGHT_FENCE: String(request.fence),
    LOCKFLIGHT_RELEASE: release.digest,
    LOCKFLIGHT_VERSION: release.version,
    LOCKFLIGHT_REPOSITORY: release.source.repository,
    LOCKFLIGHT_COMMIT: release.source.commit,
    LOCKFLIGHT_BRANCH: release.source.branch ?? '',
    LOCKFLIGHT_PREVIOUS: request.previous ?? '',
    ...imageVariables(release.artifacts),
  }
}

/** Each image by digest, so that what is pulled can be nothing else (A10). */
function imageVariables(artifacts: DeployRequest['release']['artifacts']): Record<string, string> {
  const images = artifacts.filter(({ image }) => image !== undefined)
  return Object.fromEntries(images.map(({ name, image, digest }) => [variableOf('IMAGE', name), `${image}@${digest}`]))
}

/** The variable about one artifact: `app.tar.gz` is `LOCKFLIGHT_ARTIFACT_APP_TAR_GZ`. */
export function variableOf(kind: 'ARTIFACT' | 'IMAGE', name: string): string {
  return `LOCKFLIGHT_${kind}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}

/** Where the live and the new release answer; empty when they do not. */
export function inspectionVariables({ url, candidateUrl }: Inspection): Record<string, string> {
  return { LOCKFLIGHT_URL: url ?? '', LOCKFLIGHT_CANDIDATE_URL: candidateUrl ?? '' }
}
