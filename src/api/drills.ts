import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { drillStates } from '../core/drill.ts'
import { endpoint } from './endpoint.ts'
import { inEnvironment } from './place.ts'
import { reason, time } from './wire.ts'

const drill = z.object({
  id: z.string(),
  environment: z.string(),
  state: z.enum(drillStates),
  reason: z.string().describe('Why it failed'),
  release: digest.describe('What was live before, and is after'),
  target: digest.describe('What it goes back to'),
  back: z.string().describe('The promotion that goes back'),
  forth: z.string().nullable().describe('The promotion that brings the release back'),
  requestedBy: z.string(),
  startedAt: time,
  finishedAt: time.nullable(),
  receipt: digest.nullable().describe('The signed statement about it, kept with the release'),
})

/** Endpoints to practise rollbacks. */
export const drills = {
  requestDrill: endpoint({
    method: 'POST',
    path: '/projects/:project/environments/:environment/drills',
    permission: 'rollback.request',
    summary: 'Practises a rollback: back to the release before and forth again',
    input: z.strictObject({ ...inEnvironment, reason }),
    output: drill,
  }),
  listDrills: endpoint({
    method: 'GET',
    path: '/projects/:project/environments/:environment/drills',
    permission: 'project.read',
    summary: 'The newest drills of an environment',
    input: z.strictObject({ ...inEnvironment, limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ items: z.array(drill.extend({ releaseVersion: z.string(), targetVersion: z.string() })) }),
  }),
}
