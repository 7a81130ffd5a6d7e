/** Text that cannot steer a terminal: no escape sequences, no control characters but tab and newline, nothing that turns the direction of writing (A27). */
export function printable(text: string): string {
  if (!suspicious.test(text)) return text
  const { stripVTControlCharacters } = process.getBuiltinModule('node:util')
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(unprintable, '')
}

/** Any JSON-like value with all its texts and keys made printable; Dates stay Dates. */
export function printableDeep<Value>(value: Value): Value {
  return deep(value) as Value
}

/** JSON that is the same value and safe on a terminal: what JSON leaves raw is escaped. */
export function printableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null'
  return text.replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const suspicious = /[^\n\t\u{20}-\u{7E}\u{A1}-\u{5FF}]/u
const unprintable = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

function deep(value: unknown): unknown {
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.map(deep)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [printable(key), deep(inside)]))
}
