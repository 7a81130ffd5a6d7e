import { z } from 'zod'
import { oneLine } from '../core/one-line.ts'
import type { ReportReader } from '../core/report.ts'
import { FindingsTally, type RawFinding } from './findings-tally.ts'
import { listOf, readJson } from './json.ts'
import { packageIn } from './purl.ts'
import { severityOf } from './severity.ts'
import { Contradiction } from './untrusted.ts'

const text = z.string().optional()

const vulnerability = z.object({
  VulnerabilityID: z.string().min(1),
  VendorIDs: listOf(z.string()).nullish(),
  PkgName: z.string().min(1),
  PkgIdentifier: z.object({ PURL: text }).optional(),
  InstalledVersion: z.string().default(''),
  FixedVersion: text,
  Severity: z.string(),
  Title: text,
  Description: text,
})
const misconfiguration = z.object({
  ID: z.string().min(1),
  AVDID: text,
  Title: text,
  Message: text,
  Severity: z.string(),
  Status: z.enum(['FAIL', 'PASS', 'EXCEPTION']),
  CauseMetadata: z.object({ StartLine: z.int().optional() }).optional(),
})
/** What it matched is left where it is: it may be the secret. */
const secret = z.object({
  RuleID: z.string().min(1),
  Title: text,
  Severity: z.string(),
  StartLine: z.int().optional(),
})
const license = z.object({
  Name: z.string().min(1),
  Severity: z.string(),
  Category: text,
  PkgName: text,
  FilePath: text,
})
const modified = z.object({ Type: z.string(), Status: z.string(), Statement: text, Finding: z.unknown() })

const result = z.object({
  Target: z.string(),
  Type: text,
  Vulnerabilities: listOf(vulnerability).nullish(),
  MisconfSummary: z.object({ Failures: z.int().min(0) }).nullish(),
  Misconfigurations: listOf(misconfiguration).nullish(),
  Secrets: listOf(secret).nullish(),
  Licenses: listOf(license).nullish(),
  ExperimentalModifiedFindings: listOf(modified).nullish(),
})
type Result = z.infer<typeof result>

const shape = z.object({
  SchemaVersion: z.literal(2),
  ArtifactName: z.string().min(1),
  /** Absent when there was nothing to say. */
  Results: listOf(result).nullish(),
})

/** Trivy's `--format json`, schema version 2: vulnerabilities, misconfigurations, secrets and licences. What it was told to ignore is suppressed. */
export const trivy: ReportReader = {
  recognizes: (top) => 'json' in top && 'SchemaVersion' in top.json && 'ArtifactName' in top.json,
  read: (bytes) =>
    readJson(bytes, { kind: 'Trivy', shape }, ({ Results }) => {
      const tally = new FindingsTally()
      for (const each of Results ?? []) for (const finding of findingsOf(each)) tally.add(finding)
      return { findings: tally.findings }
    }),
}

function* findingsOf(of: Result): Generator<RawFinding> {
  const failed = (of.Misconfigurations ?? []).filter(({ Status }) => Status === 'FAIL')
  const declared = of.MisconfSummary?.Failures
  if (declared !== undefined && declared !== failed.length) {
    throw new Contradiction(
      `${oneLine(of.Target, 100)} declares ${declared} misconfigurations, and there are ${failed.length}`,
    )
  }
  for (const each of of.Vulnerabilities ?? []) yield { ...vulnerable(of, each), suppressed: null }
  for (const each of failed) yield { ...misconfigured(of, each), suppressed: null }
  for (const each of of.Secrets ?? []) yield { ...secretIn(of, each), suppressed: null }
  for (const each of of.Licenses ?? []) yield { ...licensed(of, each), suppressed: null }
  for (const { Type, Status, Statement, Finding } of of.ExperimentalModifiedFindings ?? []) {
    const why = Statement || Status
    const finding = modifiedFinding(of, Type, Finding)
    if (finding) yield { ...finding, suppressed: why }
  }
}

function modifiedFinding(of: Result, type: string, finding: unknown): Omit<RawFinding, 'suppressed'> | undefined {
  switch (type) {
    case 'vulnerability':
      return vulnerable(of, expected(vulnerability, finding))
    case 'misconfiguration':
      return misconfigured(of, expected(misconfiguration, finding))
    case 'secret':
      return secretIn(of, expected(secret, finding))
    case 'license':
      return licensed(of, expected(license, finding))
  }
  throw new Contradiction(`expected a known type of modified finding, found ${oneLine(type, 60)}`)
}

function expected<Shape>(shapeOf: z.ZodType<Shape>, value: unknown): Shape {
  const parsed = shapeOf.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Contradiction(`a modified finding is malformed: ${oneLine(z.prettifyError(parsed.error), 200)}`)
}

function vulnerable({ Target, Type }: Result, each: z.infer<typeof vulnerability>) {
  const where = each.PkgIdentifier?.PURL || `${Type || Target}:${each.PkgName}@${each.InstalledVersion}`
  return {
    identity: [each.VulnerabilityID, packageIn(where)],
    rule: each.VulnerabilityID,
    aliases: each.VendorIDs ?? [],
    severity: severityOf(each.Severity),
    where,
    message: each.Title || each.Description || each.VulnerabilityID,
    fixedIn: each.FixedVersion || null,
  }
}

function misconfigured({ Target }: Result, each: z.infer<typeof misconfiguration>) {
  const message = each.Message || each.Title || each.ID
  return {
    identity: [each.ID, Target, message],
    rule: each.ID,
    aliases: each.AVDID ? [each.AVDID] : [],
    severity: severityOf(each.Severity),
    where: placeIn(Target, each.CauseMetadata?.StartLine),
    message,
    fixedIn: null,
  }
}

function secretIn({ Target }: Result, each: z.infer<typeof secret>) {
  return {
    identity: [each.RuleID, Target],
    rule: each.RuleID,
    aliases: [],
    severity: severityOf(each.Severity),
    where: placeIn(Target, each.StartLine),
    message: each.Title || 'a secret',
    fixedIn: null,
  }
}

function licensed({ Target }: Result, each: z.infer<typeof license>) {
  const where = each.PkgName || each.FilePath || Target
  return {
    identity: ['licence', each.Name, where],
    rule: `licence ${each.Name}`,
    aliases: [],
    severity: severityOf(each.Severity),
    where,
    message: each.Category ? `${each.Name} is ${each.Category}` : each.Name,
    fixedIn: null,
  }
}

function placeIn(target: string, line: number | undefined): string {
  return line === undefined || line === 0 ? target : `${target}:${line}`
}
