import type { z } from 'zod'
import { nearest } from './nearest.ts'

/** Zod's issues in our words, `expected …; found …`: give it as `error` to a parse. A schema's own message wins over it. An issue about several unknown keys gets one line for each, in their order. */
export function problemText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wanted(typeNames[issue.expected] ?? issue.expected, issue.input, looksTyped(issue.input))
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input)
    case 'too_small':
      return wanted(bound('at least', issue.minimum, issue.origin), measured(issue.origin, issue.input))
    case 'too_big':
      return wanted(bound('at most', issue.maximum, issue.origin), measured(issue.origin, issue.input))
    case 'not_multiple_of':
      return wanted(`a multiple of ${issue.divisor}`, issue.input)
    case 'invalid_format':
      return wanted(formatName(issue), issue.input)
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, knownKeys(issue.inst))
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0]?.message
    case 'invalid_union':
      return unionText(issue)
    case 'custom':
      return undefined
    default:
      return undefined
  }
}

/** Of many unknown keys the first few are told what could have been meant: to look for that takes time. */
const helpedKeys = 20

function unknownKeys(keys: string[], known: string[]): string {
  return keys
    .map((key, index) =>
      index < helpedKeys ? oneOf(known, key, plain(key)) : `expected a known key; found ${plain(key)}`,
    )
    .join('\n')
}

/** A value as it is shown in a message: short, one line, never a whole structure. */
export function found(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'number') return value.toString()
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

/** A schema's own message with what was found, unless it says so itself. */
export function withFound(message: string, value: unknown): string {
  return /\bfound\b/.test(message) ? message : `${message}; found ${found(value)}`
}

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

const formatNames: Record<string, string> = {
  datetime: 'a moment such as 2026-11-23T10:00:00Z',
  url: 'a URL',
}

function formatName({ format, pattern }: { format: string; pattern?: string | undefined }): string {
  return format === 'regex' ? `text that matches ${pattern}` : (formatNames[format] ?? format)
}

const units: Record<string, string> = { string: ' characters', array: ' items' }

function wanted(expected: string, value: unknown, asText = false): string {
  return `expected ${expected}; found ${asText ? 'the text ' : ''}${found(value)}`
}

/** Without its quotes such a text would look like what was expected. */
function looksTyped(value: unknown): boolean {
  return typeof value === 'string' && /^(-?[0-9.]+|true|false)$/.test(value)
}

function oneOf(options: string[], value: unknown, shown = found(value)): string {
  const expected = options.length > 1 ? `one of ${options.join(', ')}` : (options[0] ?? 'no key')
  return `expected ${expected}; found ${shown}${typeof value === 'string' ? meantInstead(value, options) : ''}`
}

/** What is said after a name that is none of those: `, did you mean build?`; nothing when none is near. */
export function meantInstead(name: string, options: readonly string[]): string {
  const meant = nearest(name, options)
  return meant === undefined ? '' : `, did you mean ${meant}?`
}

function bound(word: string, limit: number | bigint, origin: string): string {
  const unit = units[origin] ?? ''
  return `${word} ${limit}${Number(limit) === 1 ? unit.replace(/s$/, '') : unit}`
}

function measured(origin: string, value: unknown): unknown {
  if (!(origin in units)) return value
  return typeof value === 'string' || Array.isArray(value) ? value.length || 'none' : value
}

function knownKeys(schema: unknown): string[] {
  const shape = (schema as z.ZodObject | undefined)?.shape
  return shape ? Object.keys(shape) : []
}

function unionText(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.discriminator !== undefined) {
    const chosen = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]
    return oneOf(((issue.options ?? []) as unknown[]).map(String), chosen)
  }
  const expected = issue.errors.flatMap(([first]) => /^expected (.+?);/.exec(first?.message ?? '')?.[1] ?? [])
  return wanted([...new Set(expected)].join(' or ') || 'something else', issue.input)
}

function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
