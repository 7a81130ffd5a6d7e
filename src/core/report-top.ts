import type { ReportTop } from './report.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

/** The largest JSON file that is looked into. */
const maxBytes = 32 * 1024 * 1024
/** Enough for every comment that a tool writes above its root element. */
const headBytes = 64 * 1024

/** What a report file calls itself; null when it is neither XML, nor a JSON object, nor text. Refuses JSON that is malformed, with the place. */
export function topOf(bytes: Uint8Array): ReportTop | null {
  const head = new TextDecoder().decode(bytes.subarray(0, headBytes)).trimStart()
  if (head.startsWith('<')) return xmlTop(head)
  if (head.startsWith('{')) return jsonTop(bytes)
  const text = head.split('\n', 1)[0]?.trimEnd() ?? ''
  return text === '' || /[\p{Cc}\u{FFFD}]/u.test(text) ? null : { text }
}

/** Why no reader will take a file, whatever its format, for people; undefined when one may. */
export function unreadable(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, headBytes))
  if (head.trim() === '') return 'it is empty'
  return /^\s*(?:<[^[]*)?<!DOCTYPE[^<>[]*\[/.test(head)
    ? 'it has a document type declaration (DTD) of its own, and none is ever read'
    : undefined
}

function xmlTop(head: string): ReportTop | null {
  const root = /^(?:<\?[^>]*\?>|<!--(?:(?!-->).)*-->|<![A-Za-z][^>[]*>|\s)*<([A-Za-z_][\w.-]*)/s.exec(head)?.[1]
  return root === undefined ? null : { xml: root }
}

function jsonTop(bytes: Uint8Array): ReportTop {
  try {
    return { json: parseStrictJson(bytes, { maxBytes }) as Record<string, unknown> }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal('unprocessable', `this report cannot be read: ${error.message}`, {
      reason: 'report_invalid',
      cause: error,
    })
  }
}
