import { z } from 'zod'
import { oneLine } from '../../core/one-line.ts'
import { severities, type Finding, type Severity } from '../../core/report.ts'
import { acceptance, refusedText, isAccepted } from '../acceptance.ts'
import { firstOf, type PartVerdict } from './part-verdict.ts'

const atMost = z.int().min(0).optional()

/** What may be asked of findings. */
export const findingSettings = z
  .strictObject({
    critical: atMost.describe('How many at most; a severity not given has the limit of the next milder one that is'),
    high: atMost.describe('How many at most'),
    medium: atMost.describe('How many at most'),
    low: atMost.describe('How many at most'),
    info: atMost.describe('How many at most'),
    unknown: atMost.describe('How many whose severity the tool does not say; by default the smallest limit given'),
    'new-only': z
      .boolean()
      .default(false)
      .describe('Count only what the release that runs there does not have; nothing while nothing runs there'),
    accepted: z
      .array(
        z.strictObject({
          rule: z.string().min(1).describe('A rule or vulnerability, or another name of it'),
          ...acceptance,
        }),
      )
      .default([])
      .describe('What is not counted, until when and who answers for it'),
  })
  .refine((settings) => severities.some((severity) => settings[severity] !== undefined), 'expected a limit')
type Settings = z.output<typeof findingSettings>

const count = z.int().min(0)

/** The findings of a report as evidence: how many of each rule, severity and set of names, and the first places. */
export const seenFindings = z.strictObject({
  rules: z.array(
    z.strictObject({
      /** Null: all further ones of this severity together; they cannot be accepted by name. */
      rule: z.string().nullable(),
      aliases: z.array(z.string()),
      severity: z.enum(severities),
      total: count,
      /** Of these, how many the release that runs there does not have. */
      fresh: count,
      where: z.array(z.string()),
      fixedIn: z.string().nullable(),
    }),
  ),
  /** What the tool itself does not count. */
  suppressed: count,
})
type SeenFindings = z.output<typeof seenFindings>
type SeenRule = SeenFindings['rules'][number]

const mostRules = 5000
const keptPlaces = 3

/** Counts by rule and severity; nothing is left out, whatever there is. `known` are the fingerprints of the release that runs there. */
export function seeFindings(findings: Finding[], known: ReadonlySet<string>): SeenFindings {
  const counted = findings.filter(({ suppressed }) => suppressed === null)
  const rules = new Map<string, SeenRule>()
  for (const { rule, aliases, severity, where, fixedIn, fingerprint } of counted) {
    const own = JSON.stringify([rule, severity, aliases])
    const isNamed = rules.has(own) || rules.size < mostRules
    const key = isNamed ? own : severity
    const seen = rules.get(key) ?? {
      rule: isNamed ? rule : null,
      aliases: isNamed ? aliases : [],
      severity,
      total: 0,
      fresh: 0,
      where: [],
      fixedIn: null,
    }
    rules.set(key, seen)
    seen.total += 1
    if (!known.has(fingerprint)) seen.fresh += 1
    if (seen.where.length < keptPlaces) seen.where.push(oneLine(where, 200))
    if (isNamed) seen.fixedIn ??= fixedIn
  }
  return { rules: [...rules.values()], suppressed: findings.length - counted.length }
}

/** Judges the findings of all reports together; `before` says how many reports of findings the running release has, null when nothing runs there. */
export function judgeFindings(
  settings: Settings,
  reports: SeenFindings[],
  { before, at }: { before: number | null; at: Date },
): PartVerdict {
  const isNew = settings['new-only']
  const limited = severities.flatMap((severity) => {
    const limit = limitOf(severity, settings)
    return limit === undefined ? [] : [{ severity, limit }]
  })
  const expected = `at most ${limited.map(({ severity, limit }) => `${limit} ${severity}`).join(', ')}${isNew ? ' new' : ''} findings`
  if (reports.length === 0) {
    const unknown = ['there is no report of findings']
    return { expected, observed: 'no report of findings', failed: [], unknown, notes: [] }
  }
  const all = reports.flatMap(({ rules }) => rules)
  const vacuous = isNew && before === null
  const standing = all.map((seen) => ({
    ...seen,
    counts: vacuous ? 0 : isNew ? seen.fresh : seen.total,
    exception: settings.accepted.filter(({ rule }) => seen.rule === rule || seen.aliases.includes(rule)),
  }))
  const open = standing.filter(({ exception }) => !exception.some((each) => isAccepted(each, at)))
  const of = (severity: Severity) => open.filter((seen) => seen.severity === severity && seen.counts > 0)
  const sum = (seen: { counts: number }[]) => seen.reduce((total, each) => total + each.counts, 0)
  const over = limited.filter(({ severity, limit }) => sum(of(severity)) > limit)
  const accepted = sum(standing) - sum(open)
  return {
    expected,
    observed: [
      `${limited.map(({ severity }) => `${sum(of(severity))} ${severity}`).join(', ')}${isNew ? ' new' : ''} findings`,
      ...(accepted > 0 ? [`${accepted} accepted`] : []),
    ].join(', '),
    failed: over.map(({ severity, limit }) => {
      const found = of(severity)
      return `${sum(found)} ${severity}${isNew ? ' new' : ''} findings, at most ${limit} may be: ${firstOf(found.map(text))}`
    }),
    unknown:
      isNew && before === 0
        ? ['the running release has no report of findings, so new ones cannot be told from old ones']
        : [],
    notes: vacuous ? ['nothing runs there yet that new findings could be told from'] : [],
  }

  function text({ rule, where, counts, fixedIn, exception }: (typeof standing)[number]): string {
    const [ended] = exception
    return [
      `${rule ?? 'further rules'}${counts > 1 ? ` (${counts} times)` : ''} in ${where.join(', ')}`,
      ...(fixedIn === null ? [] : [`fixed in ${fixedIn}`]),
      ...(ended ? [refusedText(ended, at)] : []),
    ].join(', ')
  }
}

function limitOf(severity: Severity, settings: Settings): number | undefined {
  if (settings[severity] !== undefined) return settings[severity]
  if (severity === 'unknown') return Math.min(...severities.flatMap((each) => settings[each] ?? []))
  const milder = severities.slice(severities.indexOf(severity) + 1).filter((each) => each !== 'unknown')
  return milder.map((each) => settings[each]).find((limit) => limit !== undefined)
}
