/** A part of a text, from the first offset up to before the second. */
export type Part = readonly [from: number, to: number]

/**
 * One line with everything in it to be seen: what a terminal hides, obeys or shows as something else reads `<U+200B>`, a
 * tab `⇥`. Different lines stay different. In the part that is looked at closely so does every letter beyond those of
 * western Europe, because many of them look like another.
 */
export function visible(line: string, [from, to]: Part = [0, 0]): string {
  return line.replaceAll(suspicious, (character: string, offset: number) => {
    if (character === '\t') return tab
    const isAlike = character > 'ÿ' && offset < to && offset + character.length > from
    return isAlike || character <= '~' || character === tab || hidden.test(character) ? named(character) : character
  })
}

/** Where two texts differ: what is left of each between what they begin and end with alike. */
export function apart(one: string, other: string): [Part, Part] {
  const shorter = Math.min(one.length, other.length)
  let start = 0
  while (start < shorter && one[start] === other[start]) start++
  let end = 0
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
  return [
    [start, one.length - end],
    [start, other.length - end],
  ]
}

const tab = '⇥'
/** What may have to be named, and `<U+` itself, so that no text can pass for such a name; a blank at the end as well. */
const suspicious = /[^ -~]|<(?=U\+)| $/gu
const hidden = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]/u

function named(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}
