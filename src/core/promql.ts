import { Refusal } from './refusal.ts'

/** A stretch of PromQL: as it is, or a placeholder with the string it stands in. */
type Piece = { text: string } | { placeholder: string; quote: string | null; regex: boolean }

const placeholder = /\{\{\s*\.?([a-z][a-z-]*)\s*\}\}/y

/** Stands for a length of time, and may therefore stand outside of strings: `[{{window}}]`. */
const bare = 'window'

/** Why a query with placeholders is not safe to fill, or not known how; null when it is fine. Whether it is PromQL, only Prometheus says. */
export function promqlProblem(query: string, known: string[]): string | null {
  for (const piece of pieces(query)) {
    if ('text' in piece) continue
    const name = `{{${piece.placeholder}}}`
    if (!known.includes(piece.placeholder)) {
      return `expected one of ${known.map((each) => `{{${each}}}`).join(', ')}; found ${name}`
    }
    if ((piece.placeholder === bare) !== (piece.quote === null)) {
      return piece.placeholder === bare
        ? `expected ${name} outside of strings, such as [${name}]`
        : `expected ${name} inside quotes, such as label="${name}"`
    }
    if (piece.quote === '`') return `expected ${name} inside double quotes, as nothing can be escaped between backticks`
  }
  return null
}

/** The query with values in it, each escaped for the string it stands in and for the regular expression that may be, so that no value ever becomes PromQL. */
export function fillPromql(query: string, values: Record<string, string>): string {
  const problem = promqlProblem(query, Object.keys(values))
  if (problem !== null) throw new Refusal('invalid', `${problem} in the query ${query}`)
  return pieces(query)
    .map((piece) => {
      if ('text' in piece) return piece.text
      const value = values[piece.placeholder] ?? ''
      if (piece.quote === null) return durationOnly(value)
      return escaped(piece.regex ? literally(value) : value, piece.quote)
    })
    .join('')
}

function durationOnly(value: string): string {
  if (/^([0-9]+[a-z])+$/.test(value)) return value
  throw new Refusal('invalid', `expected a length of time such as 30d in a query, found ${value}`)
}

function escaped(value: string, quote: string): string {
  return value
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As a regular expression that matches nothing else (RE2). */
function literally(value: string): string {
  return value.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)
}

/** Follows strings (double, single and back quotes) and comments as the lexer of Prometheus does. */
function pieces(query: string): Piece[] {
  const found: Piece[] = []
  let quote: string | null = null
  let comment = false
  let regex = false
  let from = 0
  for (let position = 0; position < query.length; position++) {
    const character = query.charAt(position)
    placeholder.lastIndex = position
    const [whole, name] = placeholder.exec(query) ?? []
    if (whole !== undefined && name !== undefined) {
      found.push({ text: query.slice(from, position) }, { placeholder: name, quote: comment ? null : quote, regex })
      from = position + whole.length
      position = from - 1
    } else if (comment) comment = character !== '\n'
    else if (quote === null) {
      if (character === '#') comment = true
      else if (['"', "'", '`'].includes(character)) {
        quote = character
        regex = /[=!]~(?:\s|#.*\n)*$/.test(query.slice(0, position))
      }
    } else if (character === '\\' && quote !== '`') position++
    else if (character === quote) quote = null
  }
  return [...found, { text: query.slice(from) }]
}
