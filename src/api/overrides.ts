import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { durationWithin } from '../core/duration.ts'
import { slug } from '../core/names.ts'
import { overrideStates } from '../core/override.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { id, page, paging, reason, time } from './wire.ts'

const override = z.object({
  id: z.string(),
  promotion: z.string(),
  environment: z.string(),
  release: digest,
  gate: z.string(),
  reason: z.string(),
  risk: z.string(),
  requestedBy: z.string(),
  requestedAt: time,
  confirmation: z.object({ by: z.string(), at: time }).nullable(),
  withdrawal: z.object({ by: z.string(), at: time, reason: z.string() }).nullable(),
  expiresAt: time,
  usedAt: time.nullable(),
  state: z.enum(overrideStates),
  note: z.string().describe('Why it does nothing'),
})

/** Endpoints to let one promotion past one gate: by two people, with a reason, for a time. */
export const overrides = {
  requestOverride: endpoint({
    method: 'POST',
    path: '/projects/:project/promotions/:id/overrides',
    permission: 'gate.override',
    summary: 'Asks to let a promotion past a gate; a second person has to confirm',
    input: z.strictObject({
      ...inProject,
      id,
      gate: slug,
      reason,
      risk: reason.describe('What can go wrong; who asks accepts it'),
      expiresAfter: durationWithin('1m', '7d').default('4h').describe('At most until the promotion expires'),
    }),
    output: override,
  }),
  confirmOverride: endpoint({
    method: 'POST',
    path: '/projects/:project/overrides/:override/confirm',
    permission: 'gate.override',
    summary: 'The second person’s word, after which an override is in force',
    input: z.strictObject({ ...inProject, override: id }),
    output: override,
  }),
  withdrawOverride: endpoint({
    method: 'POST',
    path: '/projects/:project/overrides/:override/withdraw',
    permission: 'gate.override',
    summary: 'Takes an override back before it was used; one person is enough',
    input: z.strictObject({ ...inProject, override: id, reason }),
    output: override,
  }),
  listOverrides: endpoint({
    method: 'GET',
    path: '/projects/:project/overrides',
    permission: 'project.read',
    summary: 'Overrides, newest first',
    input: z.strictObject({
      ...inProject,
      environment: slug.exactOptional(),
      promotion: id.exactOptional(),
      ...paging,
    }),
    output: page(override.extend({ releaseVersion: z.string() })),
  }),
}
