/** How many terminal columns a text takes. */
export function width(text: string): number {
  const bare = text.replaceAll(colours, '')
  if (narrow.test(bare)) return bare.length
  return Array.from(bare).reduce((sum, character) => sum + (wide.test(character) ? 2 : mark.test(character) ? 0 : 1), 0)
}

// oxlint-disable-next-line no-control-regex -- colour codes are control sequences
const colours = /\u{1B}\[\d+m/gu
const wide =
  /[\u{1100}-\u{115F}\u{2E80}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1F300}-\u{1FAFF}]/u
const mark = /\p{M}/u
/** Letters and signs one column wide: enough for nearly all we print, and the property of `mark` takes 2 ms to set up. */
const narrow = /^[ -~\u{A0}-\u{2FF}\u{2010}-\u{2027}\u{2190}-\u{22FF}\u{2500}-\u{25FF}]*$/u
