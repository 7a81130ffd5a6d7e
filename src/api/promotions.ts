import { z } from 'zod'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inEnvironment, inProject, releaseName } from './place.ts'
import { explanation, promotion, promotionState } from './promotion.ts'
import { id, page, paging, reason, time } from './wire.ts'

const request = z.strictObject({
  ...inEnvironment,
  release: releaseName,
  class: z
    .enum(['standard', 'hotfix'])
    .default('standard')
    .describe('A hotfix takes promotion.hotfix too; rollbacks and drills have their own requests'),
  reason: reason.or(z.literal('')).default(''),
})

const answerReason = reason
  .or(z.literal(''))
  .default('')
  .describe('A no must say why, and a yes where the environment asks for it')

const onePromotion = { ...inProject, id }

/** Endpoints to ask for a promotion, answer it, and ask why it waits. */
export const promotions = {
  requestPromotion: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions',
    permission: 'promotion.request',
    summary: 'Asks for a release to be put into an environment',
    input: request,
    output: promotion,
  }),
  previewPromotion: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions/preview',
    permission: 'project.read',
    costly: true,
    summary: 'What a promotion would wait for; changes nothing',
    input: request,
    output: explanation,
  }),
  listPromotions: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions',
    permission: 'project.read',
    summary: 'Promotions, newest first',
    input: z.strictObject({
      ...inProject,
      environment: slug.exactOptional(),
      release: releaseName.exactOptional(),
      state: promotionState.exactOptional(),
      ...paging,
    }),
    output: page(promotion.extend({ releaseVersion: z.string() })),
  }),
  getPromotion: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions/:id',
    permission: 'project.read',
    summary: 'A promotion as it stands',
    input: z.strictObject(onePromotion),
    output: promotion,
  }),
  explainPromotion: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions/:id/why',
    permission: 'project.read',
    summary: 'Every condition a promotion waits for, and who or what can change it',
    input: z.strictObject(onePromotion),
    output: explanation,
  }),
  answerPromotion: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions/:id/approvals',
    permission: 'promotion.approve',
    summary: 'A person’s yes or no to one promotion; while it waits a no takes the place of their yes, and is final',
    input: z.strictObject({ ...onePromotion, decision: z.enum(['approve', 'reject']), reason: answerReason }),
    output: z.object({
      id: z.string(),
      promotion: z.string(),
      by: z.string(),
      decision: z.enum(['approve', 'reject']),
      reason: z.string(),
      at: time,
      expiresAt: time,
    }),
  }),
  cancelPromotion: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions/:id/cancel',
    permission: 'promotion.cancel',
    summary: 'Ends a promotion that still waits',
    input: z.strictObject({ ...onePromotion, reason }),
    output: promotion,
  }),
  abortPromotion: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions/:id/abort',
    permission: 'promotion.cancel',
    summary: 'Turns a running canary or blue-green deployment back',
    input: z.strictObject({ ...onePromotion, reason }),
    output: promotion,
  }),
}
