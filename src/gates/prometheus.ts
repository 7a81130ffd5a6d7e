import { z } from 'zod'
import type { GateOutside } from '../core/gate.ts'
import type { HttpAnswer } from '../core/http-request.ts'
import type { Link } from '../core/link.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { parseAnswer } from './parse-answer.ts'

const maxBytes = 1 << 18
const mostSamples = 100
const longestLink = 2048

const number = /^(?:NaN|[+-]?Inf|[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/
const sample = z.tuple([z.number(), z.string().regex(number, 'expected a number')])
const vectorItem = z.strictObject({ metric: z.record(z.string(), z.string()), value: sample })

/** The answer to an instant query (Prometheus HTTP API v1); what else is beside these keys says nothing about the value. */
const success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('vector'), result: z.array(vectorItem) }),
  ]),
  warnings: z.array(z.string()).default([]),
  /** VictoriaMetrics says so when a part of its storage did not answer. */
  isPartial: z.boolean().default(false),
})

const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() })

/** What one query brought back, as it is stored: numbers as text, since JSON knows no NaN. */
export const reading = z.strictObject({
  query: z.string(),
  samples: z.array(z.strictObject({ labels: z.record(z.string(), z.string()), value: z.string() })),
  /** When it was evaluated, by the clock of Prometheus; null when nothing came. */
  at: z.iso.datetime().nullable(),
  /** What Prometheus itself said against its answer. */
  doubts: z.array(z.string()),
  /** Why there is no answer. */
  problem: z.string().nullable(),
})
export type Reading = z.output<typeof reading>

/** Where and how to ask. */
export interface PrometheusSource {
  prometheus: string
  'secret-headers': Record<string, string>
  timeoutSeconds: number
}

/** Asks one instant query; whatever goes wrong outside is the `problem` of the reading. */
export async function askPrometheus(source: PrometheusSource, query: string, outside: GateOutside): Promise<Reading> {
  const { prometheus, 'secret-headers': secretHeaders, timeoutSeconds } = source
  const body = new URLSearchParams({ query, timeout: `${Math.ceil(timeoutSeconds * 1000)}ms` }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const url = `${prometheus.replace(/\/$/, '')}/api/v1/query`
  const nothing = { query, samples: [], at: null, doubts: [] }
  try {
    const answer = await outside.http({ method: 'POST', url, headers, secretHeaders, body, timeoutSeconds, maxBytes })
    return { ...nothing, problem: null, ...read(answer) }
  } catch (error) {
    if (error instanceof Refusal) return { ...nothing, problem: oneLine(error.message, 500) }
    throw error
  }
}

function read(answer: HttpAnswer): Partial<Reading> {
  const { status, type, body } = answer
  if (status >= 300 && status < 400) return { problem: `Prometheus answered ${status}; redirects are not followed` }
  if (type !== 'application/json') {
    return { problem: `Prometheus answered ${status} with ${oneLine(type, 100) || 'no content type'}, not JSON` }
  }
  const refused = parseAnswer(failure, body, { maxBytes }).answer
  if (refused) return { problem: oneLine(`Prometheus refused the query: ${refused.errorType}: ${refused.error}`, 500) }
  if (status !== 200) return { problem: `Prometheus answered ${status}` }
  const { answer: said, problem } = parseAnswer(success, body, { maxBytes })
  if (problem !== null) return { problem: `Prometheus answered something else than numbers: ${problem}` }
  const { data, warnings, isPartial } = said
  const items = data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : data.result
  if (items.length > mostSamples) {
    return { problem: `Prometheus answered ${items.length} samples; expected at most ${mostSamples}` }
  }
  return {
    samples: items.map(({ metric, value }) => ({ labels: metric, value: value[1] })),
    at: items[0] ? new Date(Math.round(items[0].value[0] * 1000)).toISOString() : null,
    doubts: [...warnings, ...(isPartial ? ['the answer is partial'] : [])]
      .slice(0, 5)
      .map((each) => oneLine(each, 300)),
  }
}

/** Where people see the query and its graph; without the query when it is too long for a link. */
export function queryLink(base: string, query: string, title = 'the query in Prometheus'): Link {
  const graph = `${base.replace(/\/$/, '')}/graph`
  const url = `${graph}?g0.expr=${encodeURIComponent(query)}&g0.tab=0&g0.range_input=6h`
  return { title, url: url.length > longestLink ? graph : url }
}
