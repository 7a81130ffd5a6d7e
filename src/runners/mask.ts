import { spellingsOf } from './secret-spellings.ts'
import { createTextFinder } from './text-finder.ts'

const mask = '***'
const lineEnds = new Set([10, 13])
/** So little of an encoded secret may stand at the end of a line that is shown at once; else lines would come late. */
const shownAtLineEnd = 6

/** Takes text piece by piece and gives it back with every secret replaced. */
export interface Masker {
  /** The text that can be shown now; what may be the beginning of a secret is held back. */
  push(text: string): string
  /** What was held back, when nothing more follows. */
  flush(): string
}

/** Masks the documented spellings of all secrets, however the pieces are cut. */
export function createMasker(secrets: string[]): Masker {
  const spellings = secrets.map(spellingsOf)
  if (spellings.length === 0) return { push: (text) => text, flush: () => '' }
  const exact = createTextFinder(spellings.flatMap((one) => one.exact))
  const wrapped = createTextFinder(
    spellings.flatMap((one) => one.wrapped),
    lineEnds,
  )

  let held = ''
  /** Positions count from the first character ever pushed; `shown` is where `held` begins. */
  let shown = 0
  let maskedUntil = -1
  let matches: { start: number; end: number }[] = []

  /** Matches come in the order of their ends; what overlaps or touches becomes one. */
  const add = (start: number, end: number) => {
    while (matches.length > 0 && (matches.at(-1)?.end ?? 0) >= start)
      start = Math.min(start, matches.pop()?.start ?? start)
    matches.push({ start, end })
  }

  const show = (until: number): string => {
    let text = ''
    for (const { start, end } of matches) {
      if (start >= until) break
      text += held.slice(0, Math.max(0, start - shown))
      // Of a match that was cut in two, the first part has been replaced already.
      if (Math.max(start, shown) > maskedUntil) text += mask
      maskedUntil = Math.min(end, until)
      held = held.slice(maskedUntil - shown)
      shown = maskedUntil
    }
    matches = matches.filter(({ end }) => end > until)
    text += held.slice(0, until - shown)
    held = held.slice(until - shown)
    shown = until
    return text
  }

  return {
    push(text) {
      const from = shown + held.length
      held += text
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        for (const finder of [exact, wrapped]) {
          const start = finder.feed(unit, from + index)
          if (start >= 0) add(start, from + index + 1)
        }
      }
      const end = shown + held.length
      const lineEnded = lineEnds.has(held.charCodeAt(held.length - 1))
      const cuts = [
        exact.depth() > 0 ? exact.beginning() : end,
        wrapped.depth() > (lineEnded ? shownAtLineEnd : 0) ? wrapped.beginning() : end,
      ]
      return show(Math.max(shown, Math.min(...cuts)))
    },
    flush: () => show(shown + held.length),
  }
}
