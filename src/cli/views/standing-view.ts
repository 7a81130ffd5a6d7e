import type { Answer } from '../answer.ts'
import { ago, until, type Look } from '../look.ts'
import { wrapped } from '../wrapped.ts'

type Explanation = Answer<'explainPromotion'>
type Condition = Explanation['unmet'][number]
type Override = Explanation['overrides'][number]

/** How all gates stand: every unmet condition with all that is known about it, what was let past, what passed, what is only watched. */
export function standingLines({ unmet, passed, shadows, overrides }: Explanation, look: Look): string[] {
  const parts = [
    unmet.flatMap((condition) => conditionLines(condition, look)),
    overrides.flatMap((override) => overrideLines(override, look)),
    passed.flatMap((gate) => passedLines(gate, look)),
    shadows.flatMap((gate) => shadowLines(gate, look)),
  ]
  return parts.flatMap((lines) => (lines.length > 0 ? ['', ...lines] : []))
}

function conditionLines(condition: Condition, look: Look): string[] {
  const { paint, now } = look
  const { id, outcome, reason, expected, observed, unblock, recheckAt, links, since, changes = 0 } = condition
  const detail = (label: string, text: string) => detailLines(label, text, look)
  const age = ago(new Date(since), now)
  const flaps = changes > 1 ? `, changed ${changes} times in the last hour` : ''
  return [
    ...wrapped(`  ${signOf(outcome, look)} ${paint('bold', pad(id))} `, reason, look.columns),
    ...detail('expected', expected),
    ...detail('found', observed),
    ...detail('since', age === '0s' && flaps === '' ? '' : `${age} ago${flaps}`),
    ...detail('unblocked', unblock && `by ${unblock}`),
    ...detail('looked at', recheckAt ? `again in ${until(new Date(recheckAt), now)}` : ''),
    ...links.flatMap((link) => detail('see', linkText(link))),
  ]
}

/** Where to look: for a record of ours the command that shows it, as its address wants a token. */
function linkText({ title, url }: Condition['links'][number]): string {
  const [, kind, id] = /^\/api\/v1\/projects\/[^/]+\/(runs|promotions)\/([^/]+)$/.exec(url) ?? []
  if (id === undefined) return `${title} ${url}`
  return kind === 'runs' ? `lockflight runs show ${id}` : `lockflight why ${id}`
}

function overrideLines({ id, gate, state, note, by, confirmedBy, reason, risk, expiresAt }: Override, look: Look) {
  const { paint, now } = look
  const lead = (sign: string) => `  ${sign} ${paint('bold', pad(gate))} `
  const detail = (label: string, text: string) => detailLines(label, text, look)
  const two = `${by} and ${confirmedBy}`
  switch (state) {
    case 'in-force':
      return [
        ...wrapped(lead(paint('yellow', '!')), `overridden by ${two}: ${reason}`, look.columns),
        ...detail('risk', risk),
        ...detail('for', `${until(expiresAt, now)} more; ${note || 'it passes without it'}`),
      ]
    case 'unconfirmed':
      return [
        ...wrapped(lead(paint('yellow', '!')), `${by} asks to override it: ${reason}`, look.columns),
        ...detail('risk', risk),
        ...detail('unblocked', `by a second person with gate.override: lockflight override confirm ${id}`),
      ]
    case 'used':
      return wrapped(lead('!'), `was overridden by ${two}: ${reason}`, look.columns)
    case 'withdrawn':
    case 'expired':
    case 'void':
      return wrapped(lead(paint('dim', '·')), `an override of ${by} counts no more: ${note}`, look.columns)
  }
}

function passedLines({ id, reason, until: end }: Explanation['passed'][number], look: Look): string[] {
  const { paint, now } = look
  const rest = end ? ` (for ${until(end, now)} more)` : ''
  return wrapped(`  ${paint('green', '✓')} ${pad(id)} `, `${reason}${rest}`, look.columns)
}

function shadowLines({ id, outcome, reason }: Explanation['shadows'][number], look: Look): string[] {
  const { paint, columns } = look
  const sign = signOf(outcome, { ...look, paint: (_, text) => paint('dim', text) })
  return wrapped(`  ${sign} ${pad(id)} `, `shadow, nothing waits for it: ${reason}`, columns)
}

function detailLines(label: string, text: string, { paint, columns }: Look): string[] {
  return text ? wrapped(`      ${paint('dim', label.padEnd(9))} `, text, columns) : []
}

function signOf(outcome: Condition['outcome'] | 'pass', { paint }: Look): string {
  if (outcome === 'pass') return paint('green', '✓')
  if (outcome === 'wait') return paint('yellow', '◷')
  return paint('red', outcome === 'fail' ? '✗' : '?')
}

function pad(id: string): string {
  return id.padEnd(12)
}
