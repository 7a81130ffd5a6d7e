import type { Answer } from '../answer.ts'
import { short, until, type Look } from '../look.ts'
import { wrapped } from '../wrapped.ts'

type Plan = Answer<'planRelease'>
type Step = Plan['steps'][number]

/** The way of a release, environment after environment: how it would be deployed, and everything that is in the way now. */
export function planText({ release, steps }: Plan, look: Look): string {
  const { paint } = look
  const head = `${paint('bold', release.version)} (${short(release.digest)}), ${steps.length} environments`
  const dim = 'nothing was asked for or changed; conditions are those of this moment'
  return [head, ...steps.flatMap((step) => ['', ...stepLines(step, look)]), '', paint('dim', dim)].join('\n')
}

function stepLines(step: Step, look: Look): string[] {
  const { environment, after, promote, deploy, rollout, verify, onFailure } = step
  const { paint, columns } = look
  const order = after.length > 0 ? `after ${after.join(' and ')}, ` : ''
  const how = `${deploy}, ${rollout}${verify.length > 0 ? `, then verified by ${verify.join(', ')}` : ''}`
  const failure = onFailure === 'rollback' ? 'rolls back by itself when it fails' : 'stops when it fails'
  return [
    `${paint('bold', environment)}  ${stateOf(step, look)}`,
    paint('dim', `  ${order}${promote === 'auto' ? 'by itself' : 'when someone asks'}: ${how}; ${failure}`),
    ...step.unmet.flatMap(({ id, outcome, reason, recheckAt }) => {
      const sign = outcome === 'wait' ? paint('yellow', '◷') : paint('red', outcome === 'fail' ? '✗' : '?')
      const again = recheckAt ? paint('dim', ` (again in ${until(new Date(recheckAt), look.now)})`) : ''
      return wrapped(`  ${sign} ${id}: `, `${reason}${again}`, columns)
    }),
    ...step.overrides.flatMap(({ gate, state, by, confirmedBy, reason }) =>
      state === 'in-force'
        ? wrapped(`  ${paint('yellow', '!')} ${gate}: `, `overridden by ${by} and ${confirmedBy}: ${reason}`, columns)
        : [],
    ),
    ...step.shadows.flatMap(({ id, outcome, reason }) =>
      wrapped('  ○ ', `${id}, a shadow, says ${outcome}: ${reason}`, columns).map((line) => paint('dim', line)),
    ),
    ...step.passed.flatMap(({ id, reason }) => wrapped(`  ${paint('green', '✓')} ${id}: `, reason, columns)),
  ]
}

function stateOf({ isLive, next, promotion }: Step, { paint }: Look): string {
  if (isLive) return paint('green', 'runs there now')
  const asked = promotion === null ? '' : `, asked for by promotion ${promotion}`
  if (next === 'start') return paint('green', `would start${asked}`)
  if (next === 'wait') return paint('yellow', promotion === null ? 'would wait' : `waits${asked}`)
  return paint('red', `would be rejected${asked}`)
}
