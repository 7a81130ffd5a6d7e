import type { Change } from '../../core/difference.ts'
import { lineDifference, type ComparedLine } from '../line-difference.ts'
import type { Look, Paint } from '../look.ts'
import { apart, visible, type Part } from '../visible.ts'

/**
 * One change of a configuration, whole, for whoever has to judge it: nothing is left out but lines that stay, and no two
 * different values look the same. Only the first row begins at the left edge, so that no value can pass for a change.
 */
export function changeLines({ path, before, after }: Change, look: Look): string[] {
  const name = path === '' ? '(everything)' : visible(nameOf(path), [0, Infinity])
  if (before === undefined) return wholeLines({ mark: '+', name, value: after, colour: 'green' }, look)
  if (after === undefined) return wholeLines({ mark: '-', name, value: before, colour: 'red' }, look)
  const head = (text: string) => painted(look, 'yellow', rows('~ ', text, look))
  if (!isShort(before) || !isShort(after)) return [...head(`${name}:`), ...comparedLines(before, after, look)]
  const [old, now] = [json(before), json(after)]
  const [oldPart, nowPart] = apart(old, now)
  return head(`${name}: ${visible(old, oldPart)} → ${visible(now, nowPart)}`)
}

/** What was added or removed. */
function wholeLines(
  { mark, name, value, colour }: { mark: string; name: string; value: unknown; colour: Colour },
  look: Look,
): string[] {
  const all = isShort(value)
    ? rows(`${mark} `, `${name}: ${visible(json(value))}`, look)
    : [...rows(`${mark} `, `${name}:`, look), ...linesOf(value).flatMap((line) => valueRows('    ', line, look))]
  return painted(look, colour, all)
}
type Colour = Parameters<Paint>[0]

function painted({ paint }: Look, colour: Colour, lines: string[]): string[] {
  return lines.map((line) => paint(colour, line))
}

/** Both values line by line, with a few of the lines around what changed. */
function comparedLines(before: unknown, after: unknown, look: Look): string[] {
  const compared = lineDifference(linesOf(before), linesOf(after))
  const parts = partsApart(compared)
  const shown: string[] = []
  let left = 0
  const sayLeft = () => {
    if (left > 0) shown.push(look.paint('dim', `      (${left === 1 ? '1 line' : `${left} lines`} as before)`))
    left = 0
  }
  for (const [index, { of, line }] of compared.entries()) {
    const isNear = compared.slice(Math.max(0, index - around), index + around + 1).some((each) => each.of !== 'both')
    if (!isNear) {
      left++
      continue
    }
    sayLeft()
    const { lead, colour } = sides[of]
    shown.push(...painted(look, colour, valueRows(lead, line, look, parts.get(index))))
  }
  sayLeft()
  return shown
}

const around = 3
const sides = {
  both: { lead: '      ', colour: 'dim' },
  before: { lead: '    - ', colour: 'red' },
  after: { lead: '    + ', colour: 'green' },
} as const

/** Where lines that took the place of others differ from them. */
function partsApart(compared: ComparedLine[]): Map<number, Part> {
  const parts = new Map<number, Part>()
  let [went, came]: [number[], number[]] = [[], []]
  for (const [index, { of }] of [...compared, { of: 'both' }].entries()) {
    if (of === 'before') went.push(index)
    if (of === 'after') came.push(index)
    if (of !== 'both') continue
    for (const [nth, one] of went.slice(0, came.length).entries()) {
      const other = came[nth] ?? one
      const [first, second] = apart(compared[one]?.line ?? '', compared[other]?.line ?? '')
      parts.set(one, first).set(other, second)
    }
    ;[went, came] = [[], []]
  }
  return parts
}

/** A value over several lines: indented for each level, a star before each item of a list, a bar before each line of a text. */
function linesOf(value: unknown, depth = 0): string[] {
  if (depth === deepest) return [json(value)]
  if (typeof value === 'string') return value.split('\n').map((line) => `| ${line}`)
  if (typeof value !== 'object' || value === null) return [json(value)]
  const inside = Array.isArray(value)
    ? value.map((item: unknown) => ['*', item] as const)
    : Object.entries(value).map(([key, item]: [string, unknown]) => [`${nameOf(key)}:`, item] as const)
  if (inside.length === 0) return [json(value)]
  return inside.flatMap(([name, item]) =>
    isShort(item, longestInside)
      ? [`${name} ${json(item)}`]
      : [name, ...linesOf(item, depth + 1).map((line) => `  ${line}`)],
  )
}

/** Further in there is no room left; what is there is told as JSON. */
const deepest = 8

/** Whether a value is told well on one line, as JSON. */
function isShort(value: unknown, most = longest): boolean {
  const text = json(value)
  return text.length <= most && !severalLines.test(text)
}
const longest = 100
const longestInside = 60
const severalLines = /\\n(?!")/

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

/** A key or path as it is, in quotes when it could be read as anything else. */
function nameOf(text: string): string {
  return plainName.test(text) ? text : json(text)
}
const plainName = /^[\w.[\]/@-]+$/

/** A line of a value after its lead, which its own indentation and bar belong to. */
function valueRows(lead: string, line: string, look: Look, part?: Part): string[] {
  const own = ownLead.exec(line)?.[0] ?? ''
  const text = line.slice(own.length)
  const close = part && ([part[0] - own.length, part[1] - own.length] as const)
  return rows(`${lead}${own}`, visible(text, close), look)
}
const ownLead = /^ *(\| )?/

/** Broken where it meets the right edge, because the terminal would go on at the left one, where changes begin. */
function rows(lead: string, text: string, { columns = usualColumns }: Look): string[] {
  const room = Math.max(40, columns - 1)
  const next = `${' '.repeat(Math.max(4, lead.length - 2))}… `
  const lines: string[] = []
  let [line, left] = [lead, room - lead.length]
  for (const character of text) {
    const cells = character <= lastNarrow ? 1 : 2
    if (cells > left) {
      lines.push(line)
      ;[line, left] = [next, room - next.length]
    }
    line += character
    left -= cells
  }
  return [...lines, line.trimEnd()]
}

/** Where nobody looks now, someone may later. */
const usualColumns = 80
/** What may be wider in some terminal counts as wide: a row that is too short does no harm. */
const lastNarrow = '\u{2FF}'
