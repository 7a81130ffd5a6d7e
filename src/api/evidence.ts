import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { insidePath } from '../core/names.ts'
import { reportSummary } from '../core/report-summary.ts'
import { endpoint } from './endpoint.ts'
import { inProject, releaseName } from './place.ts'
import { time } from './wire.ts'

const ofRelease = { ...inProject, release: releaseName }

/** All files of one request, as they are; in base64 they take a third more. */
const largestBytes = 32 * 1024 * 1024

const evidence = z.object({
  id: z.string(),
  release: digest,
  format: z.string(),
  job: z.string().nullable().describe('The job that made it; null when it was handed in, or made by Lockflight itself'),
  run: z.string().nullable(),
  path: z.string(),
  digest: digest.describe('Of the file'),
  by: z.string(),
  at: time,
  receipt: digest.describe('Of the signed statement that binds the report to the release'),
  current: z.boolean().describe('False when a newer report of the same format, job and path has taken its place'),
  disbelief: z.string().nullable().describe('Why nothing is judged by it: its record is not what was signed'),
  summary: reportSummary,
})

const list = z.object({ items: z.array(evidence) })

/** Endpoints about what was found out about a release. */
export const evidences = {
  addEvidence: endpoint({
    method: 'POST',
    path: '/projects/:project/releases/:release/evidence',
    permission: 'evidence.add',
    summary: 'Hands in reports about a release, made by another CI',
    costly: true,
    bodyBytes: Math.ceil((largestBytes * 4) / 3) + 65_536,
    input: z.strictObject({
      ...ofRelease,
      files: z
        .array(
          z.strictObject({
            path: insidePath.describe('What to call it; a newer report of the same format and path takes its place'),
            format: z.string().max(63).exactOptional().describe('Recognized from the content when absent'),
            content: z.string().describe('The bytes in base64'),
          }),
        )
        .min(1)
        .max(100),
      root: z
        .string()
        .max(1024)
        .regex(/^\/[^\p{Cc}]*[^/\p{Cc}]$/u, 'expected an absolute folder, without a slash at its end')
        .exactOptional()
        .describe('Where the repository lay when the reports were made: paths below it become relative'),
    }),
    output: list,
  }),
  listEvidence: endpoint({
    method: 'GET',
    path: '/projects/:project/releases/:release/evidence',
    permission: 'project.read',
    summary: 'Every report that came in about a release, newest first',
    costly: true,
    input: z.strictObject(ofRelease),
    output: list,
  }),
}
