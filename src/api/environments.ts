import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { promotionClasses } from '../core/promotion.ts'
import { endpoint } from './endpoint.ts'
import { text, textQuery } from './log-text.ts'
import { inEnvironment, inProject, releaseName } from './place.ts'
import { promotion } from './promotion.ts'
import { id, reason, time } from './wire.ts'

const environment = z.object({
  project: z.string(),
  name: z.string(),
  hold: z.object({ by: z.string(), reason: z.string(), at: time }).nullable(),
})

const pin = z.object({
  environment: z.string(),
  release: digest,
  version: z.string(),
  by: z.string(),
  reason: z.string(),
  at: time,
})

const deployment = z.object({
  promotion: z.string(),
  attempt: z.int(),
  environment: z.string(),
  release: digest,
  releaseVersion: z.string(),
  class: z.enum(promotionClasses),
  fence: z.int(),
  outcome: z.enum(['running', 'succeeded', 'failed']),
  reason: z.string(),
  previous: digest.nullable(),
  startedBy: z.string(),
  startedAt: time,
  deployedAt: time.nullable(),
  finishedAt: time.nullable(),
  replacedAt: time.nullable(),
})

/** Endpoints that steer one environment: roll back, hold, look at its deployments. */
export const environments = {
  requestRollback: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/rollback',
    permission: 'rollback.request',
    summary: 'Puts a release back that was healthy here before',
    input: z.strictObject({
      ...inEnvironment,
      to: releaseName.exactOptional().describe('The one before the live release when absent'),
      reason,
    }),
    output: promotion,
  }),
  holdEnvironment: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/hold',
    permission: 'environment.hold',
    summary: 'Stops automation in an environment',
    input: z.strictObject({ ...inEnvironment, reason }),
    output: environment,
  }),
  resumeEnvironment: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/resume',
    permission: 'environment.hold',
    summary: 'Lets automation go on in an environment',
    input: z.strictObject({ ...inEnvironment, reason }),
    output: environment,
  }),
  pinEnvironment: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/pin',
    permission: 'environment.hold',
    summary: 'Lets an environment stay on a release',
    input: z.strictObject({
      ...inEnvironment,
      release: releaseName.exactOptional().describe('The live one when absent'),
      reason,
    }),
    output: pin,
  }),
  unpinEnvironment: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/unpin',
    permission: 'environment.hold',
    summary: 'Lets other releases in again',
    input: z.strictObject({ ...inEnvironment, reason }),
    output: z.object({ environment: z.string() }),
  }),
  takeDown: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/take-down',
    permission: 'environment.hold',
    summary: 'Takes down what is live in an environment, and holds it',
    input: z.strictObject({ ...inEnvironment, reason }),
    output: environment,
  }),
  listDeployments: endpoint({
    method: 'GET',
    path: '/projects/:project/environments/:environment/deployments',
    permission: 'project.read',
    summary: 'The newest deployments of an environment',
    input: z.strictObject({ ...inEnvironment, limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ items: z.array(deployment) }),
  }),
  readDeploymentLog: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions/:id/deployments/:attempt/log',
    permission: 'project.read',
    summary: 'What a deployment printed',
    input: z.strictObject({ ...inProject, id, attempt: z.int().min(1), ...textQuery }),
    output: text,
  }),
}
