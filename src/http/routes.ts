import type { z } from 'zod'
import type { Api } from '../api/api.ts'
import { abortPromotion } from '../app/abort-promotion.ts'
import { addEvidence } from '../app/add-evidence.ts'
import { addGrant } from '../app/add-grant.ts'
import { answerPromotion } from '../app/answer-promotion.ts'
import type { App } from '../app/app.ts'
import { applyRevision } from '../app/apply-revision.ts'
import { backtestPolicy } from '../app/backtest-policy.ts'
import { cancelPromotion } from '../app/cancel-promotion.ts'
import { cancelRun } from '../app/cancel-run.ts'
import { confirmOverride } from '../app/confirm-override.ts'
import { confirmRevision } from '../app/confirm-revision.ts'
import { createToken } from '../app/create-token.ts'
import { disableMember } from '../app/disable-member.ts'
import { explainPromotion, previewPromotion } from '../app/explain-promotion.ts'
import { getEvidence } from '../app/get-evidence.ts'
import { getMe } from '../app/get-me.ts'
import { getMetrics } from '../app/get-metrics.ts'
import { getProject } from '../app/get-project.ts'
import { getPromotion } from '../app/get-promotion.ts'
import { getProposal } from '../app/get-proposal.ts'
import { getRelease } from '../app/get-release.ts'
import { getRun } from '../app/get-run.ts'
import { getStatus } from '../app/get-status.ts'
import { holdEnvironment, resumeEnvironment } from '../app/hold-environment.ts'
import { importRelease } from '../app/import-release.ts'
import { joinGroup } from '../app/join-group.ts'
import { leaveGroup } from '../app/leave-group.ts'
import { liftQuarantine } from '../app/lift-quarantine.ts'
import { listCheckpoints } from '../app/list-checkpoints.ts'
import { listDeployments } from '../app/list-deployments.ts'
import { listDrills } from '../app/list-drills.ts'
import { listDiscrepancies } from '../app/list-discrepancies.ts'
import { listEntries } from '../app/list-entries.ts'
import { listEvidence } from '../app/list-evidence.ts'
import { listGroups } from '../app/list-groups.ts'
import { listKeys } from '../app/list-keys.ts'
import { listMembers } from '../app/list-members.ts'
import { listProjects } from '../app/list-projects.ts'
import { listOverrides } from '../app/list-overrides.ts'
import { listPromotions } from '../app/list-promotions.ts'
import { listReleases } from '../app/list-releases.ts'
import { listRevisions } from '../app/list-revisions.ts'
import { listRuns } from '../app/list-runs.ts'
import { listSinks } from '../app/list-sinks.ts'
import { listSecrets } from '../app/list-secrets.ts'
import { listTokens } from '../app/list-tokens.ts'
import { listVerdicts } from '../app/list-verdicts.ts'
import { planRelease } from '../app/plan-release.ts'
import { pinEnvironment, unpinEnvironment } from '../app/pin-environment.ts'
import { provePromotion } from '../app/prove-promotion.ts'
import { quarantineRelease } from '../app/quarantine-release.ts'
import { readDeploymentLog } from '../app/read-deployment-log.ts'
import { readRunLog } from '../app/read-run-log.ts'
import { removeGrant } from '../app/remove-grant.ts'
import { removeSecret } from '../app/remove-secret.ts'
import { requestOverride } from '../app/request-override.ts'
import { requestDrill } from '../app/request-drill.ts'
import { requestPromotion } from '../app/request-promotion.ts'
import { requestRollback } from '../app/request-rollback.ts'
import { revokeKey } from '../app/revoke-key.ts'
import { revokeToken } from '../app/revoke-token.ts'
import { rotateKey } from '../app/rotate-key.ts'
import { saveMember } from '../app/save-member.ts'
import { setSecret } from '../app/set-secret.ts'
import { startRun } from '../app/start-run.ts'
import { takeDown } from '../app/take-down.ts'
import { verifyArtifact } from '../app/verify-artifact.ts'
import { withdrawOverride } from '../app/withdraw-override.ts'
import type { Actor } from '../core/actor.ts'

type Verb<Name extends keyof Api> = (
  app: App,
  actor: Actor,
  input: z.output<Api[Name]['input']>,
) => Promise<z.output<Api[Name]['output']>>

/** Which verb answers which endpoint; the compiler asks for every one, and for one that fits. */
export const routes: { [Name in keyof Api]: Verb<Name> } = {
  listProjects,
  getProject,
  getStatus,
  applyRevision,
  getProposal,
  confirmRevision,
  listRevisions,
  startRun,
  listRuns,
  getRun,
  cancelRun,
  readRunLog,
  listReleases,
  getRelease,
  importRelease,
  addEvidence,
  listEvidence,
  quarantineRelease,
  liftQuarantine,
  requestPromotion,
  previewPromotion,
  listPromotions,
  getPromotion,
  explainPromotion,
  answerPromotion,
  cancelPromotion,
  abortPromotion,
  requestOverride,
  confirmOverride,
  withdrawOverride,
  listOverrides,
  requestRollback,
  requestDrill,
  listDrills,
  holdEnvironment,
  resumeEnvironment,
  pinEnvironment,
  unpinEnvironment,
  takeDown,
  listDeployments,
  planRelease,
  listVerdicts,
  getEvidence,
  backtestPolicy,
  readDeploymentLog,
  listEntries,
  listCheckpoints,
  listSinks,
  provePromotion,
  listDiscrepancies,
  getMetrics,
  listKeys,
  rotateKey,
  revokeKey,
  verifyArtifact,
  getMe,
  listMembers,
  saveMember,
  disableMember,
  addGrant,
  removeGrant,
  listGroups,
  joinGroup,
  leaveGroup,
  createToken,
  listTokens,
  revokeToken,
  listSecrets,
  setSecret,
  removeSecret,
}
