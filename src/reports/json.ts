import { z } from 'zod'
import { oneLine } from '../core/one-line.ts'
import { problemText, withFound } from '../core/problem-text.ts'
import { Refusal } from '../core/refusal.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import { Contradiction, untrusted } from './untrusted.ts'

/** The largest JSON report and the deepest: far above what tools write, far below what would hold up a server. */
export const jsonLimits = { maxBytes: 32 * 1024 * 1024, maxDepth: 64, maxValues: 1_000_000 }

const shownProblems = 3

/**
 * The strict entrance of all JSON reports: no duplicate keys, UTF-8 only, bounded, of that shape. What `work` makes of
 * it may throw a `Contradiction`. Refuses with reason `report_invalid` and the path of what is wrong.
 */
export function readJson<Shape, Results>(
  bytes: Uint8Array,
  { kind, shape }: { kind: string; shape: z.ZodType<Shape> },
  work: (document: Shape) => Results,
): Results {
  if (bytes.byteLength === 0) throw untrusted(kind, 'it is empty')
  const parsed = shape.safeParse(documentOf(bytes, kind), { error: problemText, reportInput: true })
  if (!parsed.success) throw untrusted(kind, problemsOf(parsed.error), parsed.error)
  try {
    return work(parsed.data)
  } catch (error) {
    if (!(error instanceof Contradiction)) throw error
    throw untrusted(kind, error.message, error)
  }
}

function documentOf(bytes: Uint8Array, kind: string): unknown {
  try {
    return parseStrictJson(bytes, jsonLimits)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw untrusted(kind, error.message, error)
  }
}

function problemsOf({ issues }: z.ZodError): string {
  const shown = issues
    .slice(0, shownProblems)
    .map((issue) => `${issue.path.join('.') || 'the top'}: ${oneLine(wordsOf(issue), 300)}`)
  const more = issues.length - shown.length
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** A format knows too many keys to list them all. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return withFound(issue.message, issue.input)
  return `expected only what the format has there, found ${issue.keys.join(', ')}`
}

/** A list that is given up at its first wrong item: a hostile file could have a million of them, and a complaint about each takes more room than the file. */
export function listOf<Item>(item: z.ZodType<Item>, { atLeast = 0 } = {}): z.ZodType<Item[]> {
  return z
    .array(z.unknown())
    .min(atLeast)
    .transform((values, context) => {
      const items: Item[] = []
      for (const [index, value] of values.entries()) {
        const parsed = item.safeParse(value, { error: problemText, reportInput: true })
        if (!parsed.success) {
          for (const issue of parsed.error.issues.slice(0, shownProblems)) {
            context.issues.push({ ...issue, path: [index, ...issue.path], input: issue.input } as z.core.$ZodRawIssue)
          }
          return z.NEVER
        }
        items.push(parsed.data)
      }
      return items
    })
}
