import type { Answer } from '../answer.ts'
import { ago, until, type Look } from '../look.ts'
import { printable } from '../printable.ts'
import { visible } from '../visible.ts'
import { changeLines } from './change-view.ts'

type Applied = Answer<'applyRevision'>

/** What applying a configuration changes; takes the answer as it came, since what is not printable may be the change. */
export function differenceText({ changed, number, difference, voided }: Applied, look: Look): string {
  if (!changed) return `revision ${number} already says exactly this; nothing to apply`
  const anew = voided.map(({ environment, promotion, approvals }) => {
    const given = approvals === 1 ? '1 approval' : `${approvals} approvals`
    return look.paint(
      'yellow',
      `! ${given} of ${promotion} to ${environment} will not count: it has to be approved anew`,
    )
  })
  const changes =
    number === 1 ? difference.flatMap((change) => newLines(change, look)) : differenceLines(difference, look)
  return [...changes, ...anew, look.paint('bold', `revision ${number}`)].join('\n')
}

/** Of a first revision everything is new and stands in the file: of its parts the names are enough. */
function newLines(change: Change, look: Look): string[] {
  const { path, after } = change
  const parts = path === 'pipeline' ? (after as { jobs?: object }).jobs : path === 'environments' ? after : undefined
  if (typeof parts !== 'object' || parts === null) return changeLines(change, look)
  return [look.paint('green', `+ ${path}: ${visible(Object.keys(parts).join(', '))}`)]
}
type Change = Applied['difference'][number]

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
  const proposed = `${paint('bold', digest)} proposed by ${printable(by)} ${ago(at, now)} ago`
  return [...differenceLines(difference, look), proposed].join('\n')
}
type Proposed = NonNullable<Answer<'getProposal'>['proposal']>

function differenceLines(difference: Applied['difference'], look: Look): string[] {
  return difference.flatMap((change) => changeLines(change, look))
}

/** The same before anything is applied. */
export function previewText(answer: Answer<'applyRevision'>, look: Look): string {
  const text = differenceText(answer, look)
  return answer.changed ? `${text} is what this would be; nothing was applied` : text
}
