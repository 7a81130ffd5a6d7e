import type { z } from 'zod'
import type { Configuration, configurationSchema } from './configuration.ts'
import { problemText, withFound } from './problem-text.ts'
import { Refusal } from './refusal.ts'
import { readYaml, type TextProblem, type YamlText } from './yaml.ts'

type Issue = z.core.$ZodIssue

const mostProblems = 50
const mostRules = 100

/** The configuration a text holds, after `prepare` has put in what the text only names; see `readYamlAs`. */
export function readConfiguration(
  text: string,
  file: string,
  schema: ReturnType<typeof configurationSchema>,
  prepare: (value: unknown) => unknown = (value) => value,
): Configuration {
  const prepared = (value: unknown) => {
    demandFewRules(value, file)
    return prepare(value)
  }
  return readYamlAs(schema, { text, file, what: 'configuration', prepare: prepared })
}

/** Whether a rule of a calendar ever happens is found by looking through forty years of it (A37). */
function demandFewRules(value: unknown, file: string): void {
  const found = rulesIn(value)
  if (found <= mostRules) return
  throw new Refusal('invalid', `${file}: expected at most ${mostRules} rules with rrule, found ${found}`)
}

function rulesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, inner]) => sum + (key === 'rrule' ? 1 : 0) + rulesIn(inner), 0)
}

/** What a YAML text holds, by its schema; refuses with `invalid`, each problem as `file:line:column`, in the order of the file. Bare `1.10`, `no` or `0o17` stay text where text is expected. */
export function readYamlAs<Value>(
  schema: z.ZodType<Value>,
  { text, file, what, prepare }: { text: string; file: string; what: string; prepare?: (value: unknown) => unknown },
): Value {
  const yaml = readYaml(text)
  const { value, issues } = yaml.value === undefined ? { issues: [] } : check(yaml, schema, prepare)
  const unreadable = new Set(yaml.problems.map(place))
  const misfits = issues
    .flatMap((issue) => problemsOf(issue, yaml))
    .filter((problem) => !unreadable.has(place(problem)))
  const problems = [...yaml.problems, ...misfits]
  if (value !== undefined && problems.length === 0) return value
  throw new Refusal('invalid', `${file} is not a valid ${what}`, { problems: inOrder(problems, file) })
}

/** Parses again with the written text wherever a bare number or boolean stands in the place of text, until nothing more can be read that way. */
function check<Value>(
  yaml: YamlText,
  schema: z.ZodType<Value>,
  prepare: (value: unknown) => unknown = (value) => value,
): { value?: Value; issues: Issue[] } {
  const read = { root: prepare(yaml.value) }
  for (;;) {
    const result = schema.safeParse(read.root, { error: problemText, reportInput: true })
    if (result.success) return { value: result.data, issues: [] }
    const { issues } = result.error
    const asText = issues.filter((issue) => wantsText(issue) && typeof issue.input !== 'string')
    const replaced = asText.filter(({ path }) => {
      const bare = yaml.bareText(path)
      if (bare !== undefined) put(read, ['root', ...path], bare)
      return bare !== undefined
    })
    if (replaced.length === 0) return { issues }
  }
}

function wantsText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string'
  if (issue.code === 'invalid_value') return issue.values.every((value) => typeof value === 'string')
  if (issue.code !== 'invalid_union') return false
  return issue.errors.some((branch) => branch.some((nested) => nested.path.length === 0 && wantsText(nested)))
}

function put(target: object, path: PropertyKey[], value: unknown): void {
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((inside, name) => (inside as Record<PropertyKey, unknown>)[name], target)
  ;(holder as Record<PropertyKey, unknown>)[path.at(-1) as PropertyKey] = value
}

function problemsOf(issue: Issue, yaml: YamlText): TextProblem[] {
  const meant = issue.code === 'invalid_union' ? nearestBranch(issue.errors) : undefined
  if (meant) return meant.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }, yaml))
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => yaml.problemAt([...issue.path, key], 'key', messages[index] ?? issue.message))
  }
  if (issue.code === 'invalid_key')
    return [yaml.problemAt(issue.path, 'key', withFound(issue.message, issue.path.at(-1)))]
  const absent = issue.input === undefined && issue.code !== 'custom' ? issue.path.at(-1) : undefined
  const message =
    absent === undefined ? issue.message : issue.message.replace(/^expected /, `expected \`${String(absent)}\`, `)
  return [yaml.problemAt(issue.path, 'value', withFound(message, issue.input))]
}

/** Of several forms the one that least is wrong of, where the value is of the right kind for any; none where that is true of two. */
function nearestBranch(branches: Issue[][]): Issue[] | undefined {
  const isOfItsKind = ({ path, code }: Issue) => path.length > 0 || code === 'unrecognized_keys' || code === 'custom'
  const count = (issues: Issue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
  const [nearest, next] = branches
    .filter((issues) => issues.length > 0 && issues.every(isOfItsKind))
    .toSorted((one, other) => count(one) - count(other))
  return nearest && next && count(nearest) === count(next) ? undefined : nearest
}

function place({ line, column }: TextProblem): string {
  return `${line}:${column}`
}

function inOrder(problems: TextProblem[], file: string) {
  return problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, mostProblems)
    .map((problem) => ({ at: `${file}:${place(problem)}`, message: problem.message }))
}
