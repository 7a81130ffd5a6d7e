import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { endpoint } from './endpoint.ts'
import { inProject, releaseName } from './place.ts'
import { release } from './release.ts'
import { page, paging, time } from './wire.ts'

const attestation = z.object({
  predicateType: z.string(),
  digest,
  bundle: z.record(z.string(), z.unknown()).describe('A Sigstore bundle v0.3'),
  createdAt: time,
})

const report = z.object({
  format: z.string(),
  job: z.string(),
  path: z.string(),
  digest,
  results: z.record(z.string(), z.unknown()),
})

export const releases = {
  listReleases: endpoint({
    method: 'GET',
    path: '/projects/:project/releases',
    permission: 'project.read',
    summary: 'Releases, newest first',
    input: z.strictObject({ ...inProject, ...paging }),
    output: page(release),
  }),
  getRelease: endpoint({
    method: 'GET',
    path: '/projects/:project/releases/:release',
    permission: 'project.read',
    summary: 'A release with its signed statements and reports',
    input: z.strictObject({ ...inProject, release: releaseName }),
    output: release.extend({ attestations: z.array(attestation), reports: z.array(report) }),
  }),
}
