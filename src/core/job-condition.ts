import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { found } from './problem-text.ts'
import { Refusal } from './refusal.ts'

/** What a job's `if` may look at. */
export interface ConditionFacts {
  branch: string
  commit: string
  needs: Record<string, { outputs: Record<string, string> }>
}

const environment = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 100, maxMapEntries: 100 },
})
  .registerVariable('branch', 'string')
  .registerVariable('commit', 'string')
  .registerVariable('needs', 'map')

/** Each takes time in proportion to its input; loops over lists and regular expressions do not, and would stop the server for as long as their author likes (A20). */
const functions = [
  'has',
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'indexOf',
  'lastIndexOf',
  'substring',
  'lowerAscii',
  'upperAscii',
  'trim',
  'split',
  'join',
  'string',
  'int',
  'double',
  'bool',
]

/** Reads a job's `if`, a CEL expression (cel.dev); refuses with `invalid` what cannot be evaluated to true or false. The function it returns refuses too, when what it asks for is not there. */
export function readCondition(text: string): (facts: ConditionFacts) => boolean {
  const wrong = (why: string, cause?: unknown) =>
    new Refusal('invalid', `expected a condition over branch, commit and needs; found ${found(text)}: ${why}`, {
      cause,
    })
  const expression = orRefuse(() => environment.parse(text), wrong)
  const unknown = calls(expression.ast).find((name) => !functions.includes(name))
  if (unknown !== undefined) throw wrong(`there is no ${unknown}(); there are ${functions.join(', ')}`)
  const { valid, type, error } = expression.check()
  if (!valid) throw wrong(firstLine(error), error)
  if (type !== 'bool' && type !== 'dyn') throw wrong(`it is a ${type}, not true or false`)
  return (facts) => {
    const value: unknown = orRefuse(() => expression(facts), wrong)
    if (typeof value === 'boolean') return value
    throw wrong(`it came to ${typeof value === 'string' ? 'text' : typeof value}, not to true or false`)
  }
}

function orRefuse<Result>(work: () => Result, wrong: (why: string, cause: unknown) => Refusal): Result {
  try {
    return work()
  } catch (error) {
    throw wrong(firstLine(error), error)
  }
}

/** The names of all functions that an expression calls. */
function calls({ op, args }: ASTNode): string[] {
  const own = op === 'call' || op === 'rcall' ? [args[0]] : []
  return [...own, ...nodesIn(args).flatMap(calls)]
}

function nodesIn(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn)
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : []
}

/** Without the drawing of the place, which needs lines of its own. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
