import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'

type Sink = Answer<'listSinks'>['items'][number]

/** Where checkpoints go, and how it stands there. */
export function sinksText({ items }: Answer<'listSinks'>, look: Look): string {
  if (items.length === 0) return 'checkpoints go nowhere yet: set LOCKFLIGHT_WITNESSES or LOCKFLIGHT_CHECKPOINT_SINKS'
  return items.map((sink) => sinkText(sink, look)).join('\n')
}

function sinkText({ name, size, deliveredAt, trouble, forked, failures }: Sink, { paint }: Look): string {
  const last = size === null ? 'nothing yet' : `${size} entries, ${deliveredAt?.toISOString() ?? ''}`
  if (trouble === null) return `${paint('green', '✓')} ${name}  ${last}`
  const what = forked ? 'contradicts the log' : `failed ${failures} time${failures === 1 ? '' : 's'}`
  return `${paint('red', '✗')} ${name}  ${what}; before that ${last}\n    ${trouble}`
}
