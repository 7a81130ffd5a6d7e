import { width } from './width.ts'

/** A text after a lead of its own, broken between words so that every line fits; later lines begin under the first word. Whole where the width is unknown. */
export function wrapped(lead: string, text: string, columns: number | undefined): string[] {
  if (columns === undefined) return [`${lead}${text}`.trimEnd()]
  const indent = ' '.repeat(width(lead))
  const room = Math.max(20, columns - indent.length)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, index) => `${index === 0 ? lead : indent}${line}`.trimEnd())
}
