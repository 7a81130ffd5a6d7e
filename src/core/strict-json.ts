import { Refusal } from './refusal.ts'

/** The largest document that is read. */
export interface JsonLimits {
  maxBytes: number
  maxDepth: number
  /** How many values there may be in it, at any depth; each takes much more room than in the text. */
  maxValues: number
  /** How many keys one object may have: whoever judges them looks at each. */
  maxKeys: number
}

const defaults: JsonLimits = { maxBytes: 4 * 1024 * 1024, maxDepth: 64, maxValues: 1_000_000, maxKeys: 10_000 }

/**
 * Reads JSON (RFC 8259) that two parsers could not understand differently (A15). Refuses with `invalid`, naming line
 * and column: duplicate keys, `__proto__`, NUL, lone surrogates, a byte order mark, bytes that are not UTF-8,
 * numbers that a double cannot hold, and what is larger or deeper than the limits, or has more values or keys.
 */
export function parseStrictJson(source: Uint8Array | string, limits: Partial<JsonLimits> = {}): unknown {
  const given = { ...defaults, ...limits }
  const { maxBytes } = given
  const sizeBytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength
  if (sizeBytes > maxBytes) throw refused(`expected at most ${maxBytes} bytes of JSON, found ${sizeBytes}`)
  const text = typeof source === 'string' ? source : decoded(source)
  if (text.startsWith('\uFEFF')) throw refused('expected JSON without a byte order mark, found one')
  return new Reader(text, given).document()
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

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const words: [text: string, value: unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
// oxlint-disable-next-line no-control-regex -- JSON allows none of them in a string (RFC 8259 §7)
const special = /[\u0000-\u001f\\]/

class Reader {
  readonly #text: string
  readonly #maxDepth: number
  readonly #maxValues: number
  readonly #maxKeys: number
  #position = 0
  #values = 0

  constructor(text: string, { maxDepth, maxValues, maxKeys }: JsonLimits) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#maxValues = maxValues
    this.#maxKeys = maxKeys
  }

  document(): unknown {
    this.#skipBlanks()
    const value = this.#value(0)
    this.#skipBlanks()
    if (this.#position < this.#text.length) throw this.#unexpected('the end')
    return value
  }

  /** Begins at a value, and ends right behind it. */
  #value(depth: number): unknown {
    if (depth > this.#maxDepth) throw this.#refused(`expected at most ${this.#maxDepth} levels, found more`)
    if (++this.#values > this.#maxValues) throw this.#refused(`expected at most ${this.#maxValues} values, found more`)
    const first = this.#text[this.#position]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#array(depth)
    if (first === '"') return this.#string()
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, this.#position)) continue
      this.#position += word.length
      return value
    }
    return this.#number()
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    let keys = 0
    for (let more = this.#opens('}'); more; more = this.#goesOn('}')) {
      if (++keys > this.#maxKeys) throw this.#refused(`expected at most ${this.#maxKeys} keys, found more`)
      const key = this.#key(object)
      object[key] = this.#value(depth + 1)
    }
    return object
  }

  #key(object: Record<string, unknown>): string {
    if (this.#code() !== quote) throw this.#unexpected('a key in double quotes')
    const start = this.#position
    const key = this.#string()
    if (key === '__proto__') throw this.#refused('expected a plain key, found __proto__', start)
    if (Object.hasOwn(object, key)) {
      throw this.#refused(`expected each key once, found ${JSON.stringify(key)} again`, start)
    }
    this.#skipBlanks()
    if (this.#code() !== colon) throw this.#unexpected(':')
    this.#position++
    this.#skipBlanks()
    return key
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = []
    for (let more = this.#opens(']'); more; more = this.#goesOn(']')) array.push(this.#value(depth + 1))
    return array
  }

  /** Passes the opening bracket; true when an item follows. */
  #opens(close: string): boolean {
    this.#position++
    this.#skipBlanks()
    if (this.#text[this.#position] !== close) return true
    this.#position++
    return false
  }

  /** Passes what stands behind an item; true when another one follows. */
  #goesOn(close: string): boolean {
    this.#skipBlanks()
    if (this.#text[this.#position] === close) {
      this.#position++
      return false
    }
    if (this.#code() !== comma) throw this.#unexpected(',')
    this.#position++
    this.#skipBlanks()
    return true
  }

  #string(): string {
    const start = this.#position
    const end = this.#endOfString(start)
    const plain = this.#text.slice(start + 1, end - 1)
    const value = special.test(plain) ? this.#unescaped(start, end) : plain
    if (!value.isWellFormed()) throw this.#refused('expected whole characters, found half of a surrogate pair', start)
    this.#position = end
    return value
  }

  #unescaped(start: number, end: number): string {
    let value: string
    try {
      value = JSON.parse(this.#text.slice(start, end)) as string
    } catch {
      throw this.#refused('expected a string without raw control characters and unknown escapes', start)
    }
    if (value.includes('\0')) throw this.#refused('expected text, found a NUL character', start)
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
    number.lastIndex = start
    const found = number.exec(this.#text)?.[0] ?? ''
    if (found === '') throw this.#unexpected('a value')
    this.#position += found.length
    const value = Number(found)
    const exact = Number.isFinite(value) && (!/^-?[0-9]+$/.test(found) || Number.isSafeInteger(value))
    if (!exact) throw this.#refused(`expected a number that a double holds exactly, found ${found.slice(0, 40)}`, start)
    return value
  }

  #code(): number {
    return this.#text.charCodeAt(this.#position)
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#code()
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#position++
    }
  }

  #unexpected(expected: string): Refusal {
    const found = this.#text.slice(this.#position, this.#position + 20)
    return this.#refused(`expected ${expected}, found ${found === '' ? 'the end' : JSON.stringify(found)}`)
  }

  #refused(message: string, position = this.#position): Refusal {
    let line = 1
    let start = 0
    for (let end = this.#text.indexOf('\n'); end !== -1 && end < position; end = this.#text.indexOf('\n', start)) {
      line++
      start = end + 1
    }
    return refused(`line ${line}, column ${position - start + 1}: ${message}`)
  }
}
