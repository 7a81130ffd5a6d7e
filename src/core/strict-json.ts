import { Refusal } from './refusal.ts'

/** The largest document that is read. */
export interface JsonLimits {
  maxBytes: number
  maxDepth: number
}

const defaults: JsonLimits = { maxBytes: 4 * 1024 * 1024, maxDepth: 64 }

/**
 * Reads JSON (RFC 8259) that two parsers could not understand differently (A15). Refuses with `invalid`, naming line
 * and column: duplicate keys, `__proto__`, NUL, lone surrogates, a byte order mark, bytes that are not UTF-8,
 * numbers that a double cannot hold, and what is larger or deeper than the limits.
 */
export function parseStrictJson(source: Uint8Array | string, limits: Partial<JsonLimits> = {}): unknown {
  const { maxBytes, maxDepth } = { ...defaults, ...limits }
  const sizeBytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength
  if (sizeBytes > maxBytes) throw refused(`expected at most ${maxBytes} bytes of JSON, found ${sizeBytes}`)
  const text = typeof source === 'string' ? source : decoded(source)
  if (text.startsWith('\uFEFF')) throw refused('expected JSON without a byte order mark, found one')
  return new Reader(text, maxDepth).document()
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Refusal('invalid', 'expected JSON in UTF-8, found other bytes', { reason: 'json.malformed', cause })
  }
}

function refused(message: string): Refusal {
  return new Refusal('invalid', message, { reason: 'json.malformed' })
}

const words = { true: true, false: false, null: null }
const blank = /[ \t\n\r]*/y
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /true|false|null/y

class Reader {
  readonly #text: string
  readonly #maxDepth: number
  #position = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  document(): unknown {
    const value = this.#value(0)
    this.#match(blank)
    if (this.#position < this.#text.length) throw this.#unexpected('the end')
    return value
  }

  #value(depth: number): unknown {
    this.#match(blank)
    if (depth > this.#maxDepth) throw this.#refused(`expected at most ${this.#maxDepth} levels, found more`)
    const first = this.#text[this.#position]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return this.#string()
    const found = this.#match(word)
    if (found) return words[found as keyof typeof words]
    return this.#number()
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const _ of this.#items('{', '}')) {
      const key = this.#key(object)
      object[key] = this.#value(depth + 1)
    }
    return object
  }

  #key(object: Record<string, unknown>): string {
    if (this.#text[this.#position] !== '"') throw this.#unexpected('a key in double quotes')
    const start = this.#position
    const key = this.#string()
    if (key === '__proto__') throw this.#refused('expected a plain key, found __proto__', start)
    if (Object.hasOwn(object, key)) {
      throw this.#refused(`expected each key once, found ${JSON.stringify(key)} again`, start)
    }
    this.#match(blank)
    this.#take(':')
    return key
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = []
    for (const _ of this.#items('[', ']')) array.push(this.#value(depth + 1))
    return array
  }

  /** Stops once before each item. */
  *#items(open: string, close: string): Generator<void> {
    this.#take(open)
    this.#match(blank)
    if (this.#text[this.#position] === close) {
      this.#position++
      return
    }
    while (true) {
      yield
      this.#match(blank)
      if (this.#text[this.#position] === close) break
      this.#take(',')
      this.#match(blank)
    }
    this.#position++
  }

  #string(): string {
    const start = this.#position
    const end = this.#endOfString(start)
    let value: string
    try {
      value = JSON.parse(this.#text.slice(start, end)) as string
    } catch {
      throw this.#refused('expected a string without raw control characters and unknown escapes', start)
    }
    if (!value.isWellFormed()) throw this.#refused('expected whole characters, found half of a surrogate pair', start)
    if (value.includes('\0')) throw this.#refused('expected text, found a NUL character', start)
    this.#position = end
    return value
  }

  #endOfString(start: number): number {
    let end = this.#text.indexOf('"', start + 1)
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1)
    if (end === -1) throw this.#refused('expected a closing quote, found the end', start)
    return end + 1
  }

  #isEscaped(position: number): boolean {
    let before = position
    while (this.#text[before - 1] === '\\') before--
    return (position - before) % 2 === 1
  }

  #number(): number {
    const start = this.#position
    const found = this.#match(number)
    if (!found) throw this.#unexpected('a value')
    const value = Number(found)
    const exact = Number.isFinite(value) && (!/^-?[0-9]+$/.test(found) || Number.isSafeInteger(value))
    if (!exact) throw this.#refused(`expected a number that a double holds exactly, found ${found.slice(0, 40)}`, start)
    return value
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#position += found.length
    return found
  }

  #take(character: string): void {
    if (this.#text[this.#position] !== character) throw this.#unexpected(character)
    this.#position++
  }

  #unexpected(expected: string): Refusal {
    const found = this.#text.slice(this.#position, this.#position + 20)
    return this.#refused(`expected ${expected}, found ${found === '' ? 'the end' : JSON.stringify(found)}`)
  }

  #refused(message: string, position = this.#position): Refusal {
    const lines = this.#text.slice(0, position).split('\n')
    return refused(`line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${message}`)
  }
}
