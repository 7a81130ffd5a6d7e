import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { slug } from '../core/names.ts'
import { jobStates, runStates } from '../core/run.ts'
import { endpoint } from './endpoint.ts'
import { text, textQuery } from './log-text.ts'
import { inProject } from './place.ts'
import { artifact, source } from './release.ts'
import { id, line, page, paging, reason, time } from './wire.ts'

const run = z.object({
  id: z.string(),
  project: z.string(),
  number: z.int(),
  source,
  state: z.enum(runStates),
  reason: z.string(),
  requestedBy: z.string(),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  release: digest.nullable(),
  cancelledBy: z.string().nullable(),
})

const job = z.object({
  name: z.string(),
  stage: z.string(),
  needs: z.array(z.string()),
  state: z.enum(jobStates),
  attempt: z.int(),
  reason: z.string(),
  outputs: z.record(z.string(), z.string()),
  artifacts: z.array(artifact),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  steps: z.array(
    z.object({
      index: z.int(),
      name: z.string(),
      startedAt: time,
      finishedAt: time.nullable(),
      exitCode: z.int().nullable(),
    }),
  ),
})

const oneRun = { ...inProject, id }

/** Endpoints to run a pipeline and to look at how it goes. */
export const runs = {
  startRun: endpoint({
    method: 'POST',
    path: '/projects/:project/runs',
    permission: 'run.start',
    summary: 'Runs the pipeline of one commit',
    input: z.strictObject({
      ...inProject,
      repository: line(2048).describe('A git URL, or a path on the server'),
      ref: line(255).default('HEAD').describe('A branch, tag or commit'),
    }),
    output: run,
  }),
  listRuns: endpoint({
    method: 'GET',
    path: '/projects/:project/runs',
    permission: 'project.read',
    summary: 'Runs, newest first',
    input: z.strictObject({ ...inProject, state: z.enum(runStates).exactOptional(), ...paging }),
    output: page(run),
  }),
  getRun: endpoint({
    method: 'GET',
    path: '/projects/:project/runs/:id',
    permission: 'project.read',
    summary: 'A run with its jobs and steps',
    input: z.strictObject(oneRun),
    output: run.extend({ jobs: z.array(job) }),
  }),
  cancelRun: endpoint({
    method: 'POST',
    path: '/projects/:project/runs/:id/cancel',
    permission: 'run.cancel',
    summary: 'Ends a run and everything its jobs started',
    input: z.strictObject({ ...oneRun, reason: reason.or(z.literal('')).default('') }),
    output: run,
  }),
  readRunLog: endpoint({
    method: 'GET',
    path: '/projects/:project/runs/:id/jobs/:job/log',
    permission: 'project.read',
    summary: 'What a job printed',
    input: z.strictObject({
      ...oneRun,
      job: slug,
      attempt: z.int().min(1).exactOptional().describe('The latest when absent'),
      ...textQuery,
    }),
    output: text.extend({ attempt: z.int() }),
  }),
}
