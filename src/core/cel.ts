import type { ASTNode, Environment } from '@marcbachmann/cel-js'
import { found } from './problem-text.ts'
import { Refusal } from './refusal.ts'

/** How large an expression may be. */
export const celLimits = { maxAstNodes: 500, maxDepth: 32, maxListElements: 100, maxMapEntries: 100 }

/** Each takes time in proportion to its input; regular expressions do not, and would stop the server for as long as their author likes (A20). */
export const linearFunctions = [
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

/** Loops over a list. One inside another would multiply their times, so that is refused. */
export const loops = ['all', 'exists', 'exists_one', 'filter', 'map']

/** What an expression may be made of. */
export interface CelLanguage {
  environment: Environment
  functions: readonly string[]
  /** What it is to be, for people: `a condition over branch and commit`. */
  expected: string
}

/** An expression that fits its language. */
export interface CelExpression {
  /** Refuses with `invalid` when something that it asks for is not there, or it does not come to true or false. */
  holds(facts: object): boolean
  /** The facts it looks at, each as the names that lead there, once and in the order of the text. */
  looksAt: string[][]
}

/** Reads a CEL expression (cel.dev) that is to come to true or false; refuses with `invalid` what does not fit the types of its facts. */
export function readCel(text: string, { environment, functions, expected }: CelLanguage): CelExpression {
  const wrong = (why: string, cause?: unknown) =>
    new Refusal('invalid', `expected ${expected}; found ${found(text)}: ${why}`, { cause })
  const expression = orRefuse(() => environment.parse(text), wrong)
  const unknown = calls(expression.ast).find((name) => !functions.includes(name))
  if (unknown !== undefined) throw wrong(`there is no ${unknown}(); there are ${functions.join(', ')}`)
  const inner = nestedLoop(expression.ast, false)
  if (inner !== undefined) throw wrong(`${inner}() is inside another loop, which could take for ever`)
  if (mapsMapped(expression.ast)) throw wrong('map() goes over what map() made, which could grow for ever')
  const { valid, type, error } = expression.check()
  if (!valid) throw wrong(firstLine(error), error)
  if (type !== 'bool' && type !== 'dyn') throw wrong(`it is a ${type}, not true or false`)
  return {
    holds(facts) {
      const value: unknown = orRefuse(() => expression(facts), wrong)
      if (typeof value === 'boolean') return value
      throw wrong(`it came to ${typeof value === 'string' ? 'text' : typeof value}, not to true or false`)
    },
    looksAt: [...new Map(pathsIn(expression.ast).map((path) => [path.join('.'), path])).values()],
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
function calls(node: ASTNode): string[] {
  const own = node.op === 'call' || node.op === 'rcall' ? [node.args[0]] : []
  return [...own, ...nodesIn(node.args).flatMap(calls)]
}

/** What a loop runs over may come from another; what it does for each item may not loop again. */
function nestedLoop(node: ASTNode, inLoop: boolean): string | undefined {
  if (node.op === 'rcall' && loops.includes(node.args[0])) {
    const [name, over, bodies] = node.args
    if (inLoop) return name
    return nestedLoop(over, false) ?? firstOf(bodies, (body) => nestedLoop(body, true))
  }
  return firstOf(nodesIn(node.args), (each) => nestedLoop(each, inLoop))
}

/** Each `map` may double every item: a few dozen of them, one after the other, would need more memory than there is. */
function mapsMapped({ op, args }: ASTNode): boolean {
  const isMap = op === 'rcall' && args[0] === 'map'
  return (isMap && calls(args[1]).includes('map')) || nodesIn(args).some(mapsMapped)
}

function firstOf<Item, Result>(items: Item[], pick: (item: Item) => Result | undefined): Result | undefined {
  for (const item of items) {
    const result = pick(item)
    if (result !== undefined) return result
  }
  return undefined
}

function pathsIn(node: ASTNode): string[][] {
  const path = pathOf(node)
  return path ? [path] : nodesIn(node.args).flatMap(pathsIn)
}

/** `a.b` and `a["b"]`, but not `f(a).b`. */
function pathOf(node: ASTNode): string[] | undefined {
  if (node.op === 'id') return [node.args]
  if (node.op === '.') {
    const before = pathOf(node.args[0])
    return before && [...before, node.args[1]]
  }
  if (node.op !== '[]') return undefined
  const [holder, key] = node.args
  const before = pathOf(holder)
  return before && key.op === 'value' && typeof key.args === 'string' ? [...before, key.args] : undefined
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
