import { Refusal } from '../core/refusal.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'

const limits = { maxBytes: 16 * 1024 * 1024, maxDepth: 64 }

/** JSON that two parsers could not understand differently, or a `Disbelieved` with that reason. */
export function readJson(source: Uint8Array | string, reason: Disbelief): unknown {
  try {
    return parseStrictJson(source, limits)
  } catch (error) {
    if (error instanceof Refusal) throw new Disbelieved(reason, error.message, error)
    throw error
  }
}

/**
 * The first place where a document holds what was not read from it: an unknown key, a second spelling of the same bytes.
 * What nobody reads, nobody checks, so it must not be there. Null when all of it was read.
 */
export function unread(given: unknown, read: unknown, at = 'the document'): string | null {
  if (given === read || (given === null && read === undefined)) return null
  // Protobuf's JSON mapping writes 64-bit integers as text and reads numbers too.
  if (typeof given === 'number' && String(given) === read) return null
  if (isSameMoment(given, read)) return null
  if (typeof given !== 'object' || given === null) return read === undefined && isDefault(given, at) ? null : at
  if (Array.isArray(given)) {
    if (!Array.isArray(read)) return given.length === 0 && read === undefined ? null : at
    if (given.length !== read.length) return at
    return firstOf(given.map((item, index) => unread(item, read[index], `${at}[${index}]`)))
  }
  const holder = (typeof read === 'object' && read !== null ? read : {}) as Record<string, unknown>
  return firstOf(
    Object.entries(given).map(([key, value]) => {
      const place = at === 'the document' ? key : `${at}.${key}`
      return unread(value, Object.hasOwn(holder, key) ? holder[key] : undefined, place)
    }),
  )
}

/** Protobuf's JSON mapping of a moment has 0, 3, 6 or 9 fractional digits. */
function isSameMoment(given: unknown, read: unknown): boolean {
  if (typeof given !== 'string' || typeof read !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(given)) return false
  return Date.parse(given) === Date.parse(read)
}

/** What may be written or left out; an empty text stands for no text, and not for the number 0. */
function isDefault(value: unknown, at: string): boolean {
  if (value === '') return /(^|\.)(keyid|hint)$/.test(at)
  return value === 0 || value === '0' || value === false
}

function firstOf(places: (string | null)[]): string | null {
  return places.find((place) => place !== null) ?? null
}
