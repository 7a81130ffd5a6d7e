import { z } from 'zod'
import { parseStrictJson } from './strict-json.ts'
import { Refusal } from './refusal.ts'
import { readYaml } from './yaml.ts'

const segment = String.raw`(?:[A-Za-z0-9_-]+|\*|"(?:[^"\\]|\\.)*")`

/** The parts of a pattern, the dots between them left out. */
const inPattern = new RegExp(`\\.\\*\\*$|\\.|${segment}`, 'g')
const expressions = new Map([
  ['.**', `(?:\\.${segment})+`],
  ['.', '\\.'],
  ['*', segment],
])

/** Some paths of facts: names with dots between, `*` for any one name, `**` at the end for all that follow. */
export const factPattern = z
  .string()
  .max(300)
  .regex(
    new RegExp(`^${segment}(?:\\.${segment})*(?:\\.\\*\\*)?$`),
    'expected a path such as config.database.* or config.**',
  )

/** One value of a document, with where it stands in it. */
export interface Fact {
  /** Its names with dots between; those of more than letters, digits, `_` and `-` in double quotes, items of lists by number. */
  path: string
  /** As JSON; numbers as they were written, so that 1.10 is not 1.1. */
  text: string
}

const limits = { bytes: 256 * 1024, depth: 32, facts: 10_000, pathCharacters: 500 }

/** What a document may measure to be read as facts. */
export const factBytes = limits.bytes

/** The facts of a JSON document, or of a YAML one. Refuses with `unprocessable` what cannot be read, without a word of what is in it: it may hold secrets (A21). */
export function readFacts(bytes: Uint8Array, format: 'json' | 'yaml'): Fact[] {
  return format === 'json' ? factsOfJson(bytes) : factsOfYaml(bytes)
}

/** Tells of a path whether one of the patterns means it. */
export function pathMatcher(patterns: string[]): (path: string) => boolean {
  const one = patterns.map((pattern) =>
    pattern.replaceAll(inPattern, (part) => expressions.get(part) ?? part.replaceAll(/[^\w-]/g, '\\$&')),
  )
  const all = new RegExp(`^(?:${one.join('|')})$`)
  return (path) => one.length > 0 && all.test(path)
}

function factsOfJson(bytes: Uint8Array): Fact[] {
  return flatten(quietly('JSON', () => parseStrictJson(bytes, { maxBytes: limits.bytes, maxDepth: limits.depth })))
}

function factsOfYaml(bytes: Uint8Array): Fact[] {
  const text = quietly('text in UTF-8', () => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  const { value, problems, bareText } = readYaml(text)
  if (problems.length > 0) throw unreadable(`YAML, see line ${problems[0]?.line ?? 1}`)
  return flatten(value, (path) => bareText(path))
}

/** Without the cause: a parser quotes what it read. */
function quietly<Result>(expected: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal || error instanceof TypeError) throw unreadable(expected)
    throw error
  }
}

function unreadable(expected: string): Refusal {
  return new Refusal('unprocessable', `expected ${expected}, found something else`, { reason: 'facts.unreadable' })
}

function flatten(document: unknown, written: (path: PropertyKey[]) => string | undefined = () => undefined): Fact[] {
  const facts: Fact[] = []
  const visit = (value: unknown, path: PropertyKey[]): void => {
    if (path.length > limits.depth || facts.length > limits.facts) throw unreadable('a smaller document')
    const parts = partsOf(value)
    if (parts) return parts.forEach(([name, inside]) => visit(inside, [...path, name]))
    const text = typeof value === 'number' ? (written(path) ?? JSON.stringify(value)) : JSON.stringify(value)
    const name = path.map(nameOf).join('.')
    if (name.length > limits.pathCharacters)
      throw unreadable(`names of at most ${limits.pathCharacters} characters together`)
    facts.push({ path: name, text })
  }
  if (partsOf(document)) visit(document, [])
  return facts
}

/** Null for what has none; an empty list or mapping is a value itself. */
function partsOf(value: unknown): [PropertyKey, unknown][] | null {
  if (typeof value !== 'object' || value === null) return null
  const parts: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return parts.length > 0 ? parts : null
}

function nameOf(key: PropertyKey): string {
  const name = String(key)
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}
