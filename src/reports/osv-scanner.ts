import { z } from 'zod'
import { oneLine } from '../core/one-line.ts'
import type { ReportReader } from '../core/report.ts'
import { FindingsTally, type RawFinding } from './findings-tally.ts'
import { listOf, readJson } from './json.ts'
import { packageIn, purlOf } from './purl.ts'
import { severityOf, severityOfScore, worst } from './severity.ts'
import { Contradiction } from './untrusted.ts'

const vulnerability = z.object({
  id: z.string().min(1),
  aliases: listOf(z.string()).nullish(),
  summary: z.string().optional(),
  details: z.string().optional(),
  withdrawn: z.string().optional(),
  database_specific: z.object({ severity: z.string().optional().catch(undefined) }).nullish(),
  affected: listOf(
    z.object({
      package: z.object({ name: z.string().optional() }).optional(),
      ranges: listOf(z.object({ events: listOf(z.object({ fixed: z.string().optional() })).nullish() })).nullish(),
    }),
  ).nullish(),
})
type Vulnerability = z.infer<typeof vulnerability>

const group = z.object({
  ids: listOf(z.string(), { atLeast: 1 }),
  aliases: listOf(z.string()).nullish(),
  max_severity: z.string().optional(),
  experimentalAnalysis: z.record(z.string(), z.object({ called: z.boolean().optional() })).nullish(),
})

const scanned = z.object({
  package: z.object({ name: z.string(), version: z.string(), ecosystem: z.string(), commit: z.string().optional() }),
  vulnerabilities: listOf(vulnerability).nullish(),
  groups: listOf(group).nullish(),
})
type Scanned = z.infer<typeof scanned>

const shape = z.object({
  results: listOf(z.object({ source: z.object({ path: z.string() }), packages: listOf(scanned).nullish() })),
})

/** OSV-Scanner's `--format json`: one finding for each group of ids that mean the same in one package. Withdrawn ones, and those whose code is never called, are suppressed. */
export const osvScanner: ReportReader = {
  recognizes: (top) => 'json' in top && Array.isArray(top.json['results']),
  read: (bytes) =>
    readJson(bytes, { kind: 'OSV-Scanner', shape }, ({ results }) => {
      const tally = new FindingsTally()
      for (const { packages } of results) {
        for (const each of packages ?? []) for (const finding of findingsOf(each)) tally.add(finding)
      }
      return { findings: tally.findings }
    }),
}

function findingsOf({ package: of, vulnerabilities, groups }: Scanned): RawFinding[] {
  const known = new Map((vulnerabilities ?? []).map((each) => [each.id, each]))
  const grouped = groups ?? [...known.keys()].map((id): z.infer<typeof group> => ({ ids: [id] }))
  const listed = new Set(grouped.flatMap(({ ids }) => ids))
  const alone = [...known.keys()].find((id) => !listed.has(id))
  const missing = [...listed].find((id) => !known.has(id))
  const name = oneLine(of.name, 100)
  if (alone !== undefined) throw new Contradiction(`${name}: ${oneLine(alone, 100)} is in no group`)
  if (missing !== undefined)
    throw new Contradiction(`${name}: a group names ${oneLine(missing, 100)}, which is not there`)
  const where = of.name === '' && of.commit ? `git:${of.commit}` : purlOf(of)
  return grouped.map((each) => {
    const all = each.ids.flatMap((id) => known.get(id) ?? [])
    const rule = each.ids[0] ?? ''
    return {
      identity: [rule, packageIn(where)],
      rule,
      aliases: [...each.ids, ...(each.aliases ?? []), ...all.flatMap(({ aliases }) => aliases ?? [])],
      severity: severityIn(each.max_severity, all),
      where,
      message: all.map(({ summary, details }) => summary || details || '').find((words) => words !== '') ?? rule,
      suppressed: whySuppressed(each, all),
      fixedIn: fixedIn(of.name, all),
    }
  })
}

function severityIn(score: string | undefined, all: Vulnerability[]) {
  const rated = severityOfScore(score === undefined || score === '' ? undefined : Number(score))
  return rated === 'unknown' ? worst(all.map((each) => severityOf(each.database_specific?.severity))) : rated
}

function whySuppressed({ ids, experimentalAnalysis }: z.infer<typeof group>, all: Vulnerability[]): string | null {
  if (all.every(({ withdrawn }) => withdrawn !== undefined)) return 'withdrawn'
  return ids.every((id) => experimentalAnalysis?.[id]?.called === false) ? 'its code is not called' : null
}

function fixedIn(name: string, all: Vulnerability[]): string | null {
  const events = all
    .flatMap(({ affected }) => affected ?? [])
    .filter((each) => each.package?.name === name)
    .flatMap(({ ranges }) => ranges ?? [])
    .flatMap((range) => range.events ?? [])
  const versions = [...new Set(events.flatMap(({ fixed }) => (fixed === undefined ? [] : [fixed])))]
  return versions.slice(0, 10).join(' or ') || null
}
