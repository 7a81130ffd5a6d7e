import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'
import { printableJson } from '../printable.ts'

/** What applying a configuration changes, one line for each setting. */
export function differenceText({ changed, number, difference }: Answer<'applyRevision'>, { paint }: Look): string {
  if (!changed) return `revision ${number} already says exactly this; nothing to apply`
  const lines = difference.flatMap(({ path, before, after }) => {
    const at = path === '' ? '(everything)' : path
    if (before === undefined) return [paint('green', `+ ${at}: ${shown(after)}`)]
    if (after === undefined) return [paint('red', `- ${at}: ${shown(before)}`)]
    return [`${paint('yellow', `~ ${at}:`)} ${shown(before)} → ${shown(after)}`]
  })
  return [...lines, paint('bold', `revision ${number}`)].join('\n')
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
