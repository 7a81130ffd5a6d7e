import { z } from 'zod'
import { oneLine } from '../../core/one-line.ts'
import type { Component } from '../../core/report.ts'
import { acceptance, refusedText, isAccepted } from '../acceptance.ts'
import { judgeLicense } from './license-expression.ts'
import { firstOf, type PartVerdict } from './part-verdict.ts'

const names = z.array(z.string().min(1).max(200)).min(1).optional()

/** What may be asked of the licences of components. */
export const licenseSettings = z
  .strictObject({
    allow: names.describe('SPDX ids, or names as declared; every other licence is refused'),
    deny: names.describe('Licences that are refused where there is no other choice, as `OR` gives one'),
    unknown: z
      .enum(['refuse', 'allow'])
      .default('refuse')
      .describe('What becomes of a component that declares no licence, or one that SPDX does not know'),
    accepted: z
      .array(
        z.strictObject({
          component: z.string().min(1).describe('Its purl, or name@version; without the version: any'),
          ...acceptance,
        }),
      )
      .default([])
      .describe('Components whose licence is not judged, until when and who answers for it'),
  })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, 'expected a list to allow or to deny')
type Settings = z.output<typeof licenseSettings>

/** The components of a report as evidence, by what they declare; `more` are those beyond the names that are kept. */
export const seenComponents = z.strictObject({
  licenses: z.array(
    z.strictObject({
      declared: z.array(z.string()),
      components: z.array(z.string()),
      more: z.int().min(0),
    }),
  ),
})
type SeenComponents = z.output<typeof seenComponents>
type Seen = SeenComponents['licenses'][number]

const mostNames = 20_000
/** Longer ones are not known to SPDX anyway. */
const mostCharacters = 1001

/** All components by their declared licences; beyond 20 000 only their number is kept, so that none is left out of the judgement. */
export function seeComponents(components: Component[]): SeenComponents {
  const licenses = new Map<string, Seen>()
  components.forEach(({ name, version, purl, licenses: all }, index) => {
    const declared = all.map((license) => license.slice(0, mostCharacters))
    const key = JSON.stringify(declared)
    const seen = licenses.get(key) ?? { declared, components: [], more: 0 }
    licenses.set(key, seen)
    if (index < mostNames) seen.components.push(oneLine(purl ?? `${name}@${version}`, 300))
    else seen.more += 1
  })
  return { licenses: [...licenses.values()] }
}

/** Judges the licences of all reports together; a component that declares several must have all of them let through. */
export function judgeLicenses(settings: Settings, reports: SeenComponents[], at: Date): PartVerdict {
  const { allow, deny } = settings
  const expected = [
    ...(allow ? [`only ${allow.join(', ')}`] : []),
    ...(deny ? [`not ${deny.join(', ')}`] : []),
    ...(settings.unknown === 'refuse' ? ['no licence that is not known'] : []),
  ].join('; ')
  const all = reports.flatMap(({ licenses }) => licenses)
  const total = all.reduce((sum, { components, more }) => sum + components.length + more, 0)
  if (total === 0) {
    const found = reports.length === 0 ? 'there is no report of components' : 'the report lists no components'
    return { expected, observed: found, failed: [], unknown: [found], notes: [] }
  }
  const judged = all.map((seen) => ({ says: says(seen.declared, settings), ...standing(seen, settings, at) }))
  const refused = judged.filter(({ says: word, count }) => word === 'refused' && count > 0)
  const unknown = judged.filter(({ says: word, count }) => word === 'unknown' && count > 0)
  const sum = (seen: { count: number }[]) => seen.reduce((counted, { count }) => counted + count, 0)
  const list = (seen: typeof judged) =>
    firstOf(
      seen.flatMap(({ names: shown }) => shown),
      sum(seen),
    )
  return {
    expected,
    observed: `${total} components, ${sum(refused)} refused, ${sum(unknown)} of unknown licence`,
    failed: refused.length > 0 ? [`${sum(refused)} components have a refused licence: ${list(refused)}`] : [],
    unknown:
      unknown.length > 0 && settings.unknown === 'refuse'
        ? [`${sum(unknown)} components have no known licence: ${list(unknown)}`]
        : [],
    notes: [],
  }
}

function says(declared: string[], settings: Settings): 'allowed' | 'refused' | 'unknown' {
  const words = declared.map((license) => judgeLicense(license, settings))
  if (words.includes('refused')) return 'refused'
  return words.length === 0 || words.includes('unknown') ? 'unknown' : 'allowed'
}

/** Those that no exception covers, named with their licence. */
function standing({ declared, components, more }: Seen, { accepted }: Settings, at: Date) {
  const license = declared.length > 0 ? oneLine(declared.join(' and '), 200) : 'none'
  const named = components.flatMap((name) => {
    const exceptions = accepted.filter(({ component }) => name === component || name.startsWith(`${component}@`))
    if (exceptions.some((each) => isAccepted(each, at))) return []
    const [ended] = exceptions
    return [`${name} (${license}${ended ? `; ${refusedText(ended, at)}` : ''})`]
  })
  return { names: named.slice(0, 20), count: named.length + more }
}
