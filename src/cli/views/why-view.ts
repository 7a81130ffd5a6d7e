import type { Answer } from '../answer.ts'
import { ago, short, until, type Look } from '../look.ts'
import { standingLines } from './standing-view.ts'

type Explanation = Answer<'explainPromotion'>

/** The whole answer to "why is it blocked?": every unmet condition first, then what passed, then what happens next. */
export function whyText(explanation: Explanation, look: Look): string {
  const { promotion } = explanation
  const { paint, now } = look
  const reason = promotion.reason ? `: ${promotion.reason}` : ''
  return [
    `${headIn(explanation, look)} ${stateIn(promotion.state, look)}${reason}`,
    paint(
      'dim',
      `asked for ${ago(promotion.requestedAt, now)} ago by ${promotion.requestedBy}, class ${promotion.class}`,
    ),
    ...quarantineLines(explanation, look),
    ...standingLines(explanation, look),
    '',
    nextLine(explanation, look),
  ].join('\n')
}

/** The same for a promotion that nobody has asked for: its id means nothing to anyone, and is not shown. */
export function previewText(explanation: Explanation, look: Look): string {
  const { promotion, release, next } = explanation
  const unmet = explanation.unmet.map((condition) => ({
    ...condition,
    unblock: condition.unblock.replaceAll(promotion.id, '<promotion>'),
  }))
  const kind = promotion.class === 'standard' ? '' : ` --class ${promotion.class}`
  return [
    `${headIn(explanation, look)} ${wouldIn(next, look)}`,
    ...standingLines({ ...explanation, unmet }, look),
    '',
    `nothing was asked for; to do so: lockflight promote ${release.version} --to ${promotion.environment}${kind}`,
  ].join('\n')
}

function headIn({ promotion, release }: Explanation, { paint }: Look): string {
  return `${paint('bold', release.version)} (${short(release.digest)}) → ${paint('bold', promotion.environment)}`
}

function wouldIn(next: Explanation['next'], { paint }: Look): string {
  if (next === 'start') return paint('green', 'would start at once')
  return next === 'wait' ? paint('yellow', 'would wait') : paint('red', 'would be rejected')
}

/** One that waits has it among its conditions. */
function quarantineLines({ quarantine, next, release }: Explanation, { paint, now }: Look): string[] {
  if (!quarantine || next !== 'nothing') return []
  const { by, reason, at } = quarantine
  return [paint('red', `${release.version} is in quarantine since ${ago(at, now)}, by ${by}: ${reason}`)]
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
        promotion.finishedAt
          ? `it ended ${ago(promotion.finishedAt, now)} ago: nothing is waited for any more`
          : 'it has started: nothing is waited for any more',
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
