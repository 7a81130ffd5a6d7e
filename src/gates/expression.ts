import { Environment } from '@marcbachmann/cel-js'
import { z } from 'zod'
import { celLimits, linearFunctions, loops, readCel, type CelExpression, type CelLanguage } from '../core/cel.ts'
import type { Subject } from '../core/gate.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import { severities } from '../core/report.ts'
import { defineGate } from './define-gate.ts'
import { factsIn, reportFacts } from './expression/report-facts.ts'
import { runLink } from './links.ts'

const sourceTypes = { version: 'string', commit: 'string', branch: 'string', repository: 'string' }
const reportTypes = {
  tests: { ran: 'int', passed: 'int', failed: 'int', skipped: 'int', flaky: 'int' },
  coverage: { lines: 'double', branches: 'double' },
  findings: Object.fromEntries(severities.map((severity) => [severity, 'int'])),
  components: { total: 'int', licenses: 'list<string>' },
}

/** What an expression may look at, by name, with the CEL types it is checked against; what is not known is not there. */
export const expressionFacts = {
  environment: 'string',
  promotion: { class: 'string', requestedBy: 'string' },
  release: { ...sourceTypes, artifacts: 'map<string, string>' },
  ...reportTypes,
  running: { ...sourceTypes, ...reportTypes },
}

const language: CelLanguage = {
  // Parts of an expression are repeated for each item of a list, so it is kept shorter than others.
  environment: Object.entries(expressionFacts).reduce(
    (environment, [name, type]) =>
      typeof type === 'string'
        ? environment.registerVariable(name, type)
        : environment.registerVariable({ name, schema: type }),
    new Environment({ limits: { ...celLimits, maxAstNodes: 200 } }),
  ),
  // What takes lists apart or makes text of them could be repeated for each item of the list.
  functions: [...linearFunctions.filter((name) => name !== 'split' && name !== 'join'), ...loops],
  expected: 'an expression that is true or false',
}

const config = z.strictObject({
  expression: z
    .string()
    .min(1)
    .max(4000)
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
    .describe(
      `A CEL expression over ${Object.keys(expressionFacts).join(', ')} that must be true; its types are checked when it is applied`,
    ),
  unblock: z.string().min(1).max(500).optional().describe('What people can do about it when it is false'),
})

const source = { version: z.string(), commit: z.string(), branch: z.string().optional(), repository: z.string() }

const evidence = z.strictObject({
  release: z.strictObject({ ...source, artifacts: z.record(z.string(), z.string()) }),
  ...reportFacts.shape,
  running: z.strictObject({ ...source, ...reportFacts.shape }).nullable(),
  /** Reports of the release whose record is not what was signed. */
  disbelieved: z.array(z.string()),
})

/** A condition over everything that is recorded, written in CEL (cel.dev), must be true; what it asks for and is not there is an error. */
export const expression = defineGate({
  config,
  evidence,
  reads: 'records',
  maxAgeSeconds: 0,

  async observe(_, { release, environment }, { records }) {
    const live = await records.liveIn(environment)
    const running = live ? await records.release(live.release) : null
    const reports = await records.reports(release.digest)
    const earlier = running ? await records.reports(running.digest) : []
    return {
      release: {
        ...sourceOf(release),
        artifacts: Object.fromEntries(release.artifacts.map(({ name, digest }) => [name, digest])),
      },
      ...factsIn(reports),
      running: running && { ...sourceOf(running), ...factsIn(earlier.filter(({ disbelief }) => disbelief === null)) },
      disbelieved: reports.flatMap(({ path, disbelief }) => (disbelief === null ? [] : [`${path}: ${disbelief}`])),
    }
  },

  judge({ expression: text, unblock = 'whoever can change one of these' }, { disbelieved, ...seen }, subject) {
    const { environment, promotion, release, project } = subject
    const { running, ...own } = seen
    const facts = {
      environment,
      promotion: { class: promotion.class, requestedBy: promotion.requestedBy },
      ...own,
      running: running ?? {},
    }
    const links = release.run === null ? [] : [runLink(project, release.run)]
    const condition = readOnce(text)
    const said = { expected: oneLine(text, 1000), observed: valuesText(condition, facts), links }
    if (disbelieved.length > 0) {
      const reason = `a report may not be believed: ${disbelieved.join(', ')}`
      return {
        outcome: 'error',
        reason,
        ...said,
        unblock: 'whoever runs this Lockflight, who finds out who changed it',
      }
    }
    const answer = ask(condition, facts)
    if (typeof answer === 'string') {
      return {
        outcome: 'error',
        reason: answer,
        ...said,
        unblock: `${unblock}, or has(…) asks first whether it is there`,
      }
    }
    if (answer) return { outcome: 'pass', reason: `it is true: ${said.observed}`, ...said }
    return { outcome: 'fail', reason: `it is false: ${said.observed}`, ...said, unblock }
  },
})

const read = new Map<string, CelExpression>()
const mostRead = 1000

/** A backtest asks the same expression many thousand times. */
function readOnce(text: string): CelExpression {
  const found = read.get(text) ?? readCel(text, language)
  if (read.size >= mostRead) read.clear()
  read.set(text, found)
  return found
}

function problemOf(text: string): string | null {
  try {
    readOnce(text)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

function sourceOf({ version, source: { commit, branch, repository } }: Release) {
  return { version, commit, ...(branch !== null && { branch }), repository }
}

type Facts = Record<string, unknown> & Pick<Subject, 'environment'>

/** True or false, or why neither. */
function ask(condition: CelExpression, facts: Facts): boolean | string {
  try {
    return condition.holds(typed(facts, expressionFacts) as Facts)
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

/** CEL tells whole numbers from others by their type, JSON does not; a kind of report that is not there still has to be asked with `has`. */
function typed(value: unknown, type: unknown): unknown {
  if (type === 'int') return BigInt(value as number)
  if (typeof type !== 'object' || type === null) return value
  const given = (value ?? {}) as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(type).flatMap(([key, inner]) =>
      given[key] === undefined && typeof inner === 'string' ? [] : [[key, typed(given[key], inner)]],
    ),
  )
}

/** Every value that the expression looks at, whether or not it was decisive. */
function valuesText({ looksAt }: CelExpression, facts: Facts): string {
  const shown = looksAt
    .filter(([root = '']) => Object.hasOwn(expressionFacts, root))
    .map((path) => {
      const value = path.reduce<unknown>(
        (holder, key) =>
          typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)
            ? (holder as Record<string, unknown>)[key]
            : undefined,
        facts,
      )
      return `${path.join('.')} ${value === undefined ? 'is not there' : `= ${oneLine(JSON.stringify(value), 200)}`}`
    })
  return shown.length > 0 ? shown.join(', ') : 'nothing is looked at'
}
