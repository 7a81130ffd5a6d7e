import type { Answer } from '../answer.ts'
import { ago, short, until, type Look } from '../look.ts'

type Explanation = Answer<'explainPromotion'>
type Condition = Explanation['unmet'][number]

/** The whole answer to "why is it blocked?": every unmet condition first, then what passed, then what happens next. */
export function whyText(explanation: Explanation, look: Look): string {
  const { promotion, release, unmet, passed } = explanation
  const { paint, now } = look
  const head = `${paint('bold', release.version)} (${short(release.digest)}) → ${paint('bold', promotion.environment)}`
  const reason = promotion.reason ? `: ${promotion.reason}` : ''
  return [
    `${head} ${stateIn(promotion.state, look)}${reason}`,
    paint(
      'dim',
      `asked for ${ago(promotion.requestedAt, now)} ago by ${promotion.requestedBy}, class ${promotion.class}`,
    ),
    ...(unmet.length > 0 ? ['', ...unmet.flatMap((condition) => conditionLines(condition, look))] : []),
    ...(passed.length > 0
      ? ['', ...passed.map((gate) => `  ${paint('green', '✓')} ${pad(gate.id)} ${gate.reason}`)]
      : []),
    '',
    nextLine(explanation, look),
  ].join('\n')
}

function conditionLines(condition: Condition, { paint, now }: Look): string[] {
  const { id, outcome, reason, expected, observed, unblock, recheckAt, links } = condition
  const sign = outcome === 'wait' ? paint('yellow', '◷') : paint('red', outcome === 'fail' ? '✗' : '?')
  const detail = (label: string, text: string) => (text ? [`      ${paint('dim', label.padEnd(9))} ${text}`] : [])
  return [
    `  ${sign} ${paint('bold', pad(id))} ${reason}`,
    ...detail('expected', expected),
    ...detail('found', observed),
    ...detail('unblocked', unblock && `by ${unblock}`),
    ...detail('looked at', recheckAt ? `again in ${until(new Date(recheckAt), now)}` : ''),
    ...links.flatMap(({ title, url }) => detail('see', `${title} ${url}`)),
  ]
}

function nextLine({ next, unmet, promotion, recheckAt }: Explanation, { paint, now }: Look): string {
  const count = unmet.length === 1 ? '1 condition' : `${unmet.length} conditions`
  const again = recheckAt ? `; looked at again in ${until(recheckAt, now)}` : ''
  switch (next) {
    case 'start':
      return paint('green', 'nothing holds it: it starts as soon as the environment is free')
    case 'wait':
      return paint('yellow', `waits for ${count}${again}`)
    case 'reject':
      return paint('red', 'will be rejected: one of these cannot change any more')
    case 'expire':
      return paint('red', 'has waited too long and expires')
    case 'nothing':
      return paint(
        'dim',
        `it is past waiting${promotion.finishedAt ? `, since ${ago(promotion.finishedAt, now)}` : ''}`,
      )
  }
}

const phrases = {
  waiting: ['yellow', 'is waiting'],
  deploying: ['cyan', 'is deploying'],
  verifying: ['cyan', 'is verifying'],
  succeeded: ['green', 'has succeeded'],
  failed: ['red', 'has failed'],
  rejected: ['red', 'was rejected'],
  cancelled: ['red', 'was cancelled'],
  superseded: ['red', 'was superseded'],
  expired: ['red', 'has expired'],
} as const

/** A promotion's state as it reads in a sentence. */
export function stateIn(state: keyof typeof phrases, { paint }: Look): string {
  const [colour, phrase] = phrases[state]
  return paint(colour, phrase)
}

function pad(id: string): string {
  return id.padEnd(12)
}
