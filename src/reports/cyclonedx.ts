import { oneLine } from '../core/one-line.ts'
import type { Component, ReportReader } from '../core/report.ts'
import { componentList } from './component-list.ts'
import { bom, type BomComponent, type BomVulnerability } from './cyclonedx-shape.ts'
import { FindingsTally } from './findings-tally.ts'
import { readJson } from './json.ts'
import { packageIn } from './purl.ts'
import { severityOf, severityOfScore, worst } from './severity.ts'
import { Contradiction } from './untrusted.ts'

/** States of an analysis that say: this does not concern us (CycloneDX 1.4, `vulnerabilities.analysis.state`). */
const harmless = new Set(['resolved', 'resolved_with_pedigree', 'false_positive', 'not_affected'])

/** CycloneDX 1.4 to 1.7 in JSON: its components, nested ones too, without the one it is about; and its vulnerabilities, when it has any. */
export const cyclonedx: ReportReader = {
  recognizes: (top) => 'json' in top && top.json['bomFormat'] === 'CycloneDX',
  read: (bytes) =>
    readJson(bytes, { kind: 'CycloneDX', shape: bom }, ({ metadata, components, vulnerabilities }) => {
      if (!components && !vulnerabilities) {
        throw new Contradiction('expected components or vulnerabilities, found neither')
      }
      const parts = (components ?? []).flatMap(withNested)
      const known = byReference([...(metadata?.component ? withNested(metadata.component) : []), ...parts])
      const tally = new FindingsTally()
      for (const each of vulnerabilities ?? []) addFindings(tally, each, known)
      return {
        ...(components && { components: componentList(parts.map(componentOf)) }),
        ...(vulnerabilities && { findings: tally.findings }),
      }
    }),
}

function withNested(component: BomComponent): BomComponent[] {
  return [component, ...(component.components ?? []).flatMap(withNested)]
}

function byReference(components: BomComponent[]): Map<string, BomComponent> {
  const known = new Map<string, BomComponent>()
  for (const component of components) {
    const ref = component['bom-ref']
    if (ref === undefined) continue
    if (known.has(ref)) throw new Contradiction(`expected each bom-ref once, found ${oneLine(ref, 100)} again`)
    known.set(ref, component)
  }
  return known
}

function componentOf({ group, name, version, purl, licenses }: BomComponent): Component {
  return {
    name: group ? `${group}/${name}` : name,
    version: version ?? '',
    purl: purl ?? null,
    licenses: (licenses ?? []).map((each) =>
      'expression' in each ? each.expression : (each.license.id ?? each.license.name ?? ''),
    ),
  }
}

function addFindings(tally: FindingsTally, each: BomVulnerability, known: Map<string, BomComponent>): void {
  const { references, ratings, analysis } = each
  const id = each.id ?? references?.[0]?.id ?? '(no id)'
  const severity = worst((ratings ?? []).map((rating) => ratingOf(rating)))
  const state = analysis?.state
  const suppressed =
    state !== undefined && harmless.has(state)
      ? [state, analysis?.justification, analysis?.detail].filter((part) => part).join(': ')
      : null
  const affects = each.affects?.length ? each.affects : [{ ref: undefined, versions: undefined }]
  for (const { ref, versions } of affects) {
    const where = ref === undefined ? '(not said where)' : placeOf(ref, known)
    const fixed = versions?.find(({ status, version }) => status === 'unaffected' && version !== undefined)?.version
    tally.add({
      identity: [id, packageIn(where)],
      rule: id,
      aliases: (references ?? []).map((reference) => reference.id),
      severity,
      where,
      message: each.description || each.detail || id,
      suppressed,
      fixedIn: fixed ?? null,
    })
  }
}

function ratingOf({
  severity,
  score,
  method,
}: {
  severity?: string | undefined
  score?: number | undefined
  method?: string | undefined
}) {
  if (severity !== undefined && severity !== 'unknown') return severityOf(severity)
  return method?.startsWith('CVSS') ? severityOfScore(score) : 'unknown'
}

/** A reference into another BOM (BOM-Link) is kept as it is. */
function placeOf(ref: string, known: Map<string, BomComponent>): string {
  const component = known.get(ref)
  if (!component && !ref.startsWith('urn:cdx:')) {
    throw new Contradiction(`expected affects to name a component, found ${oneLine(ref, 100)}`)
  }
  if (!component) return ref
  const { name, version } = componentOf(component)
  return component.purl ?? (version === '' ? name : `${name}@${version}`)
}
