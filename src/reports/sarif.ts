import { canonical } from '../core/digest.ts'
import type { ReportOrigin, ReportReader, Severity } from '../core/report.ts'
import { oneLine } from '../core/one-line.ts'
import { FindingsTally } from './findings-tally.ts'
import { readJson } from './json.ts'
import { sarifPath } from './sarif-path.ts'
import { levelOf, ruleOf, type KnownRule } from './sarif-rule.ts'
import { sarifLog, type Level, type SarifResult, type SarifRun } from './sarif-shape.ts'
import { severityOfScore } from './severity.ts'
import { Contradiction } from './untrusted.ts'

const severityOfLevel: Record<Level, Severity> = { error: 'high', warning: 'medium', note: 'low', none: 'info' }

/**
 * SARIF 2.1.0. Results that say something passed or is no longer there are no findings; suppressed ones are, and say
 * so. A rule's `security-severity` counts for more than its level. A run that failed is refused: it has not seen all.
 */
export const sarif: ReportReader = {
  recognizes: (top) => 'json' in top && Array.isArray(top.json['runs']) && 'version' in top.json,
  read: (bytes, origin) =>
    readJson(bytes, { kind: 'SARIF', shape: sarifLog }, ({ runs }) => {
      const tally = new FindingsTally()
      for (const run of runs) addFindings(tally, run, origin)
      return { findings: tally.findings }
    }),
}

function addFindings(tally: FindingsTally, run: SarifRun, origin: ReportOrigin | undefined): void {
  const { name } = run.tool.driver
  if (run.invocations?.some(({ executionSuccessful }) => !executionSuccessful)) {
    throw new Contradiction(`${oneLine(name, 100)} says that it did not finish its work: executionSuccessful is false`)
  }
  for (const result of run.results) {
    const known = ruleOf(run, result)
    const where = placeOf(run, result, origin)
    if (result.kind === 'pass' || result.kind === 'notApplicable' || result.baselineState === 'absent') continue
    const message = messageOf(result, known)
    tally.add({
      identity: identityOf(result, { rule: known.id, path: where.path, message }),
      rule: known.id,
      aliases: [],
      severity: severityOf(run, result, known),
      where: where.line === undefined ? where.path : `${where.path}:${where.line}`,
      message,
      suppressed: suppressionOf(result),
      fixedIn: null,
    })
  }
}

function severityOf(run: SarifRun, result: SarifResult, known: KnownRule): Severity {
  if (result.kind === 'open' || result.kind === 'review') return 'unknown'
  const level = levelOf(run, result, known)
  const said = result.properties?.['security-severity'] ?? known.rule?.properties?.['security-severity']
  if (said === undefined || level === 'none') return severityOfLevel[level]
  const severity = severityOfScore(/^\d{1,2}(\.\d+)?$/.test(said) ? Number(said) : undefined)
  if (severity === 'unknown') {
    throw new Contradiction(`expected a security-severity from 0.0 to 10.0, found ${oneLine(said, 40)}`)
  }
  return severity
}

/** More of a text than is kept of a finding; a placeholder for a long one could stand there very often. */
const usedCharacters = 1000

function messageOf({ message }: SarifResult, { id, rule }: KnownRule): string {
  const template = message.id === undefined ? undefined : rule?.messageStrings?.[message.id]?.text
  const text = message.text ?? template ?? rule?.shortDescription?.text ?? id
  const argument = (index: string) => message.arguments?.[Number(index)]?.slice(0, usedCharacters)
  return text.slice(0, usedCharacters).replaceAll(/\{(\d{1,2})\}/g, (whole, index: string) => argument(index) ?? whole)
}

/** Suppressed when something suppresses it and none of that is rejected or still under review (section 3.27.23). */
function suppressionOf({ suppressions = [] }: SarifResult): string | null {
  const accepted = suppressions.every(({ status = 'accepted' }) => status === 'accepted')
  if (suppressions.length === 0 || !accepted) return null
  const why = suppressions.map(({ justification }) => justification ?? '').find((text) => text !== '')
  return why ?? (suppressions[0]?.kind === 'inSource' ? 'in the source' : 'outside the source')
}

/** Its rule and file with what the tool itself knows it by, else with its message: lines move. Not the tool's word alone, because some give every result the same. */
function identityOf(
  { fingerprints, partialFingerprints }: SarifResult,
  { rule, path, message }: { rule: string; path: string; message: string },
): string[] {
  const own = [fingerprints, partialFingerprints].find((each) => each && Object.keys(each).length > 0)
  return [rule, path, own ? canonical(own) : message]
}

function placeOf(run: SarifRun, { locations }: SarifResult, origin: ReportOrigin | undefined) {
  const [first] = locations ?? []
  const physical = first?.physicalLocation
  const path = physical?.artifactLocation && sarifPath(run, physical.artifactLocation, origin)
  const [logical] = first?.logicalLocations ?? []
  return {
    path: path ?? logical?.fullyQualifiedName ?? logical?.name ?? run.tool.driver.name,
    line: path === undefined ? undefined : physical?.region?.startLine,
  }
}
