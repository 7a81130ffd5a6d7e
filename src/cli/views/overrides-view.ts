import type { Answer } from '../answer.ts'
import { csv } from '../csv.ts'
import { ago, until, type Look } from '../look.ts'
import { table } from '../table.ts'

type Override = Answer<'requestOverride'>

const colours = {
  unconfirmed: 'yellow',
  'in-force': 'yellow',
  used: 'red',
  withdrawn: 'dim',
  expired: 'dim',
  void: 'dim',
} as const

/** Overrides as a list, newest first. */
export function overridesText({ items }: Answer<'listOverrides'>, { paint, now, columns }: Look): string {
  if (items.length === 0) return 'nobody has overridden a gate'
  return table(
    items.map((item) => [
      item.id,
      paint('dim', `${ago(item.requestedAt, now)} ago`),
      `${item.releaseVersion} → ${paint('bold', item.environment)}`,
      paint('bold', item.gate),
      paint(colours[item.state], item.state),
      `by ${item.requestedBy}${item.confirmation ? ` and ${item.confirmation.by}` : ''}: ${item.reason}`,
    ]),
    columns,
  )
}

/** The same for a spreadsheet, with everything that was said. */
export function overridesCsv({ items }: Answer<'listOverrides'>): string {
  const head =
    'id promotion environment release gate state reason risk requestedBy requestedAt confirmedBy confirmedAt expiresAt usedAt'
  const rows = items.map((item) => [
    item.id,
    item.promotion,
    item.environment,
    item.releaseVersion,
    item.gate,
    item.state,
    item.reason,
    item.risk,
    item.requestedBy,
    item.requestedAt.toISOString(),
    item.confirmation?.by ?? '',
    item.confirmation?.at.toISOString() ?? '',
    item.expiresAt.toISOString(),
    item.usedAt?.toISOString() ?? '',
  ])
  return csv([head.split(' '), ...rows]).trimEnd()
}

/** What was asked for or confirmed, and what happens next. */
export function overrideText({ id, gate, state, environment, promotion, expiresAt }: Override, { now }: Look): string {
  const next =
    state === 'unconfirmed'
      ? `a second person with gate.override confirms it with: lockflight override confirm ${id}`
      : `in force for ${until(expiresAt, now)}; see: lockflight why ${promotion}`
  return `${id}\noverride of ${gate} for ${environment}: ${next}`
}
