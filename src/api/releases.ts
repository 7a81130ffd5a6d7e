import { z } from 'zod'
import { anyBundle } from '../core/attestation.ts'
import { digest } from '../core/digest.ts'
import { disbeliefs } from '../core/disbelieved.ts'
import { imageReference } from '../core/image.ts'
import { artifactName } from '../core/names.ts'
import { report } from '../core/report.ts'
import { endpoint } from './endpoint.ts'
import { inProject, releaseName } from './place.ts'
import { quarantine } from './quarantine.ts'
import { release } from './release.ts'
import { line, page, paging, reason, time } from './wire.ts'

const standingReport = z.object(report.shape).extend({
  disbelief: z.string().nullable().describe('Why nothing is judged by it: its record is not what was signed'),
})

const attestation = z.object({
  predicateType: z.string().nullable().describe('Null when an artifact itself was signed'),
  digest,
  bundle: anyBundle.describe(
    'A Sigstore bundle v0.1 to v0.3; with `simpleSigning` in it, what older versions of cosign sign',
  ),
  createdAt: time,
})

const attachment = z.object({
  promotion: z.string().describe('Of whose success the summary tells'),
  image: z.string(),
  summary: digest.describe('Of the bundle'),
  wantedAt: time,
  endedAt: time.nullable().describe('Null while it is still tried'),
  referrer: digest.nullable().describe('What was made in the registry; null when it was given up'),
  problem: z.string().describe('Why it is not there, when it was tried last'),
})

/** Endpoints about what pipelines built; nothing here changes a release. */
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
    output: release.extend({
      attestations: z.array(attestation),
      reports: z.array(standingReport),
      quarantine: quarantine.nullable(),
      attached: z.array(attachment).describe('Signed summaries that are put beside its images, in their registries'),
    }),
  }),
  importRelease: endpoint({
    method: 'POST',
    path: '/projects/:project/releases',
    permission: 'release.import',
    summary:
      'Takes in a release that another CI has built, with what was signed about it: files that were uploaded before, or images in a registry',
    bodyBytes: 32 * 1024 * 1024,
    costly: true,
    input: z.strictObject({
      ...inProject,
      artifacts: z
        .array(z.strictObject({ name: artifactName, digest }))
        .max(1000)
        .default([])
        .describe('Files that were uploaded before'),
      images: z
        .array(imageReference)
        .max(20)
        .default([])
        .describe('Container images by digest, such as registry.example.org/team/shop@sha256:…'),
      bundles: z
        .array(z.string().max(16 * 1024 * 1024))
        .max(200)
        .default([])
        .describe(
          'Sigstore bundles as text, or documents that hold several: one a line, or `attestations` of GitHub or npm; images need none, as their registry has what is attached to them',
        ),
      version: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/, 'expected a version such as v1.2.3')
        .refine((version) => !/^\d+-[0-9a-f]{7}$/.test(version), 'expected no version as runs here get them')
        .exactOptional()
        .describe('A label; made from commit and digest when absent'),
      repository: line(1024).exactOptional().describe('What its provenance says when absent; must not contradict it'),
      commit: z
        .string()
        .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'expected a full commit id')
        .exactOptional()
        .describe('As `repository`'),
      branch: line(255).exactOptional().describe('As `repository`'),
    }),
    output: release.extend({
      ignored: z
        .array(z.object({ digest, reason: z.enum(disbeliefs), detail: z.string() }))
        .describe('What is attached to its images, and is unreadable or about something else'),
    }),
  }),
  quarantineRelease: endpoint({
    method: 'POST',
    path: '/projects/:project/releases/:release/quarantine',
    permission: 'release.quarantine',
    summary: 'Lets a release start nowhere from now on',
    input: z.strictObject({ ...inProject, release: releaseName, reason }),
    output: z.object({
      release: digest,
      version: z.string(),
      quarantine,
      running: z
        .array(z.object({ environment: z.string(), promotion: z.string() }))
        .describe('Where it is being deployed all the same'),
      liveIn: z.array(z.string()).describe('The environments where it runs all the same'),
    }),
  }),
  liftQuarantine: endpoint({
    method: 'POST',
    path: '/projects/:project/releases/:release/quarantine/lift',
    permission: 'release.quarantine',
    summary: 'Lets it start again where its gates agree',
    input: z.strictObject({ ...inProject, release: releaseName, reason }),
    output: z.object({ release: digest, version: z.string() }),
  }),
}
