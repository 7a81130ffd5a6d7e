import type { Answer } from '../answer.ts'
import { ago, until, type Look } from '../look.ts'
import { printableJson } from '../printable.ts'

type Applied = Answer<'applyRevision'>

/** What applying a configuration changes, one line for each setting. */
export function differenceText({ changed, number, difference, voided }: Applied, look: Look): string {
  if (!changed) return `revision ${number} already says exactly this; nothing to apply`
  const anew = voided.map(({ environment, promotion, approvals }) => {
    const given = approvals === 1 ? '1 approval' : `${approvals} approvals`
    return look.paint(
      'yellow',
      `! ${given} of ${promotion} to ${environment} will not count: it has to be approved anew`,
    )
  })
  return [...changeLines(difference, look), ...anew, look.paint('bold', `revision ${number}`)].join('\n')
}

/** What became of it: in force, in force later, or waiting for a second person. */
export function appliedText({ state, digest, ...applied }: Applied, look: Look): string {
  if (state !== 'proposed') return inForceText(applied, look)
  const next = `someone else with policy.edit confirms it with: lockflight apply confirm ${digest}`
  return look.paint('yellow', `proposed; ${next}`)
}

/** From when a revision is in force; clocks that differ a little count as now. */
export function inForceText(
  { number, inForceAt }: Pick<Applied, 'number' | 'inForceAt'>,
  { paint, now }: Look,
): string {
  const isLater = inForceAt !== null && inForceAt.getTime() - now.getTime() > 30_000
  return paint('green', `✓ revision ${number} is in force${isLater ? ` in ${until(inForceAt, now)}` : ''}`)
}

/** The change that waits for a second person. */
export function proposalText({ by, at, digest, difference }: Proposed, look: Look): string {
  const { paint, now } = look
  return [...changeLines(difference, look), `${paint('bold', digest)} proposed by ${by} ${ago(at, now)} ago`].join('\n')
}
type Proposed = NonNullable<Answer<'getProposal'>['proposal']>

function changeLines(difference: Applied['difference'], { paint }: Look): string[] {
  return difference.flatMap(({ path, before, after }) => {
    const at = path === '' ? '(everything)' : path
    if (before === undefined) return [paint('green', `+ ${at}: ${shown(after)}`)]
    if (after === undefined) return [paint('red', `- ${at}: ${shown(before)}`)]
    return [`${paint('yellow', `~ ${at}:`)} ${shown(before)} → ${shown(after)}`]
  })
}

/** The same before anything is applied. */
export function previewText(answer: Answer<'applyRevision'>, look: Look): string {
  const text = differenceText(answer, look)
  return answer.changed ? `${text} is what this would be; nothing was applied` : text
}

const longest = 100

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : printableJson(value)
  if (text.length <= longest) return text
  if (Array.isArray(value)) return `${value.length} items`
  return typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : `${text.slice(0, longest)}…`
}
