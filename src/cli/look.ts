/** What a view may know besides its data: how to colour, and what time it is. */
export interface Look {
  paint: Paint
  now: Date
  /** How wide lines may be; absent where nobody looks. */
  columns?: number
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 }
type Colour = keyof typeof codes

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (colour: Colour, text: string) => string

/** Colours for terminals. */
export const coloured: Paint = (colour, text) => (text === '' ? '' : `\u{1B}[${codes[colour]}m${text}\u{1B}[0m`)

/** No colours, for pipes, NO_COLOR and tests. */
export const plain: Paint = (_colour, text) => text

/** How long before now, in its largest unit: `45s`, `3h`, `12d`. The future counts as now. */
export function ago(moment: Date, now: Date): string {
  return span(now.getTime() - moment.getTime())
}

/** How long from now, in its largest unit; up to a hundredth short counts as whole, so four hours given a second ago do not read as three. */
export function until(moment: Date, now: Date): string {
  return span((moment.getTime() - now.getTime()) * 1.01)
}

/** Milliseconds in their largest whole unit. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}

/** The first line of why a promotion ended, with the next one when it only announces that, and where the rest is when there is more. */
export function atAGlance(reason: string, promotion: string): string {
  const lines = reason.split('\n')
  const told = lines[0]?.endsWith(':') ? 2 : 1
  const first = lines.slice(0, told).join(' ')
  return lines.length <= told ? first : `${first} … all of it: lockflight why ${promotion}`
}

/** The first eight digits of a digest or commit, enough to name it in this project. */
export function short(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 8)
}
