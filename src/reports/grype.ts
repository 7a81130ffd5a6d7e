import { z } from 'zod'
import type { ReportReader } from '../core/report.ts'
import { FindingsTally } from './findings-tally.ts'
import { listOf, readJson } from './json.ts'
import { packageIn } from './purl.ts'
import { severityOf } from './severity.ts'

const match = z.object({
  vulnerability: z.object({
    id: z.string().min(1),
    severity: z.string().optional(),
    description: z.string().optional(),
    fix: z.object({ versions: listOf(z.string()).nullish(), state: z.string().optional() }).optional(),
  }),
  relatedVulnerabilities: listOf(z.object({ id: z.string() })).nullish(),
  artifact: z.object({
    name: z.string().min(1),
    version: z.string(),
    type: z.string().default('package'),
    purl: z.string().optional(),
  }),
})

const ignored = match.extend({
  appliedIgnoreRules: listOf(
    z.object({ reason: z.string().optional(), 'vex-status': z.string().optional() }),
  ).nullish(),
})

const shape = z.object({
  matches: listOf(match),
  ignoredMatches: listOf(ignored).nullish(),
  descriptor: z.object({ name: z.literal('grype'), version: z.string() }),
})

/** Grype's `--output json`; what its ignore rules or VEX documents took away is suppressed. */
export const grype: ReportReader = {
  recognizes: (top) => 'json' in top && Array.isArray(top.json['matches']) && 'descriptor' in top.json,
  read: (bytes) =>
    readJson(bytes, { kind: 'Grype', shape }, ({ matches, ignoredMatches }) => {
      const tally = new FindingsTally()
      for (const each of matches) tally.add({ ...findingOf(each), suppressed: null })
      for (const each of ignoredMatches ?? []) {
        const why = each.appliedIgnoreRules
          ?.map((rule) => rule.reason || rule['vex-status'] || '')
          .find((text) => text !== '')
        tally.add({ ...findingOf(each), suppressed: why ?? 'an ignore rule' })
      }
      return { findings: tally.findings }
    }),
}

function findingOf({ vulnerability, relatedVulnerabilities, artifact }: z.infer<typeof match>) {
  const { id, severity, description, fix } = vulnerability
  const where = artifact.purl || `${artifact.type}:${artifact.name}@${artifact.version}`
  return {
    identity: [id, packageIn(where)],
    rule: id,
    aliases: (relatedVulnerabilities ?? []).map((related) => related.id),
    severity: severityOf(severity),
    where,
    message: description ?? id,
    fixedIn: fix?.versions?.join(' or ') || null,
  }
}
