import { z } from 'zod'
import type { Endpoint } from '../api/endpoint.ts'
import { found, problemText } from '../core/problem-text.ts'
import { Refusal, type Problem } from '../core/refusal.ts'

/** What a request says, by where it says it. */
export interface Parts {
  path: Record<string, string>
  query: URLSearchParams
  body: Record<string, unknown>
}

/** One strict object from path, query and body; nothing may be said twice, so that no part can contradict another (A09). */
export function readInput(
  endpoint: Pick<Endpoint, 'method' | 'input'>,
  { path, query, body }: Parts,
): Record<string, unknown> {
  const { input, method } = endpoint
  const said = method === 'GET' ? fromQuery(input, query) : body
  const twice = Object.keys(path).filter((key) => Object.hasOwn(said, key))
  if (method !== 'GET' && query.size > 0)
    throw invalid([{ at: [...query.keys()].join(', '), message: 'belongs in the body' }])
  if (twice.length > 0) throw invalid(twice.map((at) => ({ at, message: 'is in the path already' })))
  const parsed = input.safeParse({ ...said, ...fromPath(input, path) }, { error: problemText, reportInput: true })
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.flatMap(problemsOf))
}

/** An unknown key stands where it stands, and not where it is missing. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys') return [{ at: at.join('.'), message: issue.message }]
  return issue.message
    .split('\n')
    .map((message, index) => ({ at: [...at, found(issue.keys[index])].join('.'), message }))
}

function invalid(problems: Problem[]): Refusal {
  const text = problems.map(({ at, message }) => (at === '' ? message : `${at}: ${message}`)).join('; ')
  return new Refusal('invalid', text, { reason: 'input_invalid', problems })
}

function fromPath({ shape }: z.ZodObject, path: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(path).map(([key, text]) => [key, fromText(shape[key], text)]))
}

function fromQuery({ shape }: z.ZodObject, query: URLSearchParams): Record<string, unknown> {
  const values = [...new Set(query.keys())].map((key) => {
    const texts = query.getAll(key)
    const schema = wanted(shape[key])
    if (schema instanceof z.ZodArray) return [key, texts.map((text) => fromText(schema.element, text))]
    if (texts.length > 1) throw invalid([{ at: key, message: `expected one value, found ${texts.length}` }])
    return [key, fromText(schema, texts[0] ?? '')]
  })
  return Object.fromEntries(values)
}

/** Text as the number or boolean that is wanted, only in its plain spelling; everything else stays text and is judged as such. */
function fromText(schema: z.core.$ZodType | undefined, text: string): unknown {
  const kind = wanted(schema)
  if (kind instanceof z.ZodNumber && /^(0|-?[1-9][0-9]{0,15})$/.test(text)) return Number(text)
  if (kind instanceof z.ZodBoolean && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** The schema below `optional` and `default`. */
function wanted(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault
  return wrapped ? wanted(schema.unwrap()) : schema
}
