import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { promotionState } from './promotion.ts'
import { quarantine } from './quarantine.ts'
import { fileTexts, line, time } from './wire.ts'

const revision = z.object({ number: z.int(), digest, appliedBy: z.string(), appliedAt: time })

const difference = z.array(
  z.object({ path: z.string(), before: z.unknown().exactOptional(), after: z.unknown().exactOptional() }),
)

const liveRelease = z.object({
  release: digest,
  version: z.string(),
  promotion: z.string(),
  since: time,
  url: z.string().nullable().describe('Where it answers; null when the deployer cannot tell'),
})

const promotionInSight = z.object({
  id: z.string(),
  release: digest,
  version: z.string(),
  class: z.string(),
  state: promotionState,
  reason: z.string(),
  unmet: z.int().describe('How many conditions were not met at the last evaluation'),
  requestedBy: z.string(),
  requestedAt: time,
  finishedAt: time.nullable(),
})

const environmentInSight = z.object({
  name: z.string(),
  after: z.array(z.string()),
  hold: z.object({ by: z.string(), reason: z.string(), at: time }).nullable(),
  pin: z.object({ release: digest, version: z.string(), by: z.string(), reason: z.string(), at: time }).nullable(),
  live: liveRelease.nullable(),
  active: promotionInSight.nullable(),
  waiting: z.array(
    promotionInSight.extend({ shadows: z.array(z.string()).describe('Gates in shadow that did not pass') }),
  ),
  lastFailed: promotionInSight.nullable().describe('Set while the newest finished promotion is a failed one'),
})

/** Endpoints about a project as a whole, and the policy in force. */
export const projects = {
  listProjects: endpoint({
    method: 'GET',
    path: '/projects',
    permission: 'project.read',
    summary: 'The projects you may read',
    input: z.strictObject({}),
    output: z.object({ items: z.array(z.object({ project: z.string(), revision })) }),
  }),
  getProject: endpoint({
    method: 'GET',
    path: '/projects/:project',
    permission: 'project.read',
    summary: 'A project with the configuration that is in force',
    input: z.strictObject(inProject),
    output: z.object({
      project: z.string(),
      revision,
      configuration: z.record(z.string(), z.unknown()),
    }),
  }),
  getStatus: endpoint({
    method: 'GET',
    path: '/projects/:project/status',
    permission: 'project.read',
    summary: 'Every environment and the newest releases at a glance',
    input: z.strictObject(inProject),
    output: z.object({
      project: z.string(),
      environments: z.array(environmentInSight),
      releases: z.array(
        z.object({
          digest,
          version: z.string(),
          commit: z.string(),
          createdAt: time,
          liveIn: z.array(z.string()),
          failedIn: z.array(z.string()).describe('Where the last that became of it is a failure'),
        }),
      ),
      quarantined: z.array(quarantine.extend({ release: digest, version: z.string(), liveIn: z.array(z.string()) })),
    }),
  }),
  applyRevision: endpoint({
    method: 'POST',
    path: '/projects/:project/revisions',
    permission: 'policy.edit',
    summary: 'Registers a lockflight.yaml as the policy in force, or shows what it would change',
    input: z.strictObject({
      ...inProject,
      text: z.string().max(1_000_000).describe('The whole lockflight.yaml'),
      file: line(1024).default('lockflight.yaml').describe('How problems name it'),
      files: fileTexts.default({}),
      dryRun: z.boolean().default(false),
    }),
    output: z.object({
      changed: z.boolean(),
      number: z.int(),
      digest: z.string(),
      difference,
      voided: z
        .array(z.object({ environment: z.string(), promotion: z.string(), approvals: z.int() }))
        .describe('Approvals of waiting promotions that do not count under it'),
      state: z
        .enum(['unchanged', 'preview', 'proposed', 'applied'])
        .describe('`proposed`: the policy in force asks for a second person'),
      inForceAt: time.nullable(),
    }),
  }),
  getProposal: endpoint({
    method: 'GET',
    path: '/projects/:project/proposal',
    permission: 'project.read',
    summary: 'The change of the policy that waits for a second person',
    input: z.strictObject(inProject),
    output: z.object({ proposal: z.object({ digest, by: z.string(), at: time, difference }).nullable() }),
  }),
  confirmRevision: endpoint({
    method: 'POST',
    path: '/projects/:project/proposal/confirm',
    permission: 'policy.edit',
    summary: 'The second person’s word on a change of the policy',
    input: z.strictObject({ ...inProject, digest }),
    output: z.object({ number: z.int(), digest: z.string(), inForceAt: time }),
  }),
  listRevisions: endpoint({
    method: 'GET',
    path: '/projects/:project/revisions',
    permission: 'project.read',
    summary: 'All registered revisions of a configuration, newest first',
    input: z.strictObject(inProject),
    output: z.object({ items: z.array(revision) }),
  }),
}
