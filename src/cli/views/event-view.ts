import { short, type Look } from '../look.ts'

/** What the list and the stream of events have in common. */
interface Happening {
  index: number
  type: string
  at: string
  actor: string
  subject: string
  project?: string | null
  environment?: string | null
  data: Record<string, unknown>
}

/** One event on one line: when, what, where, about what, by whom, and what else it says, shortened. */
export function eventText(event: Happening, { paint }: Look): string {
  const { at, type, environment, subject, actor, data } = event
  const details = Object.entries(data).flatMap(([key, value]) => {
    // Said already, before the details or behind them.
    if (value === subject || value === (key === 'environment' ? environment : key === 'by' && actor)) return []
    if (typeof value === 'string') return value === '' ? [] : [`${key}=${shown(value)}`]
    if (key === 'weights') return Object.entries(value as object).map(([side, percent]) => `${side}=${percent}%`)
    return typeof value === 'number' || typeof value === 'boolean' ? [`${key}=${value}`] : []
  })
  return [
    paint('dim', at.slice(11, 19)),
    paint(colourOf(event), type),
    ...(environment ? [paint('bold', environment)] : []),
    ...(subject === environment ? [] : [shown(subject)]),
    ...details,
    paint('dim', `by ${actor}`),
  ].join(' ')
}

/** On one line, of which it leaves room for others. */
function shown(text: string): string {
  if (text.startsWith('sha256:')) return short(text)
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.replace(/^(.{119}).{2,}$/u, '$1…')
}

function colourOf({ type, data }: Happening): 'red' | 'green' | 'cyan' {
  if (data['outcome'] === 'failed' || /failed|abort|refused|denied|rejected|cancelled|expired|rollback/.test(type))
    return 'red'
  return /passed|granted|completed|created/.test(type) ? 'green' : 'cyan'
}
