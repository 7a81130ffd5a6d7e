import { oneLine } from '../core/one-line.ts'
import type { ReportResults } from '../core/report.ts'
import { Contradiction } from './untrusted.ts'

/** How many cases there are; a case can be marked both failed and skipped, and then counts as failed. */
interface Counts {
  total: number
  failed: number
  skipped: number
  both: number
  /** Passed, but not at the first try. */
  flaky: number
}

type Counted = 'total' | 'failed' | 'skipped' | 'flaky'

interface Suite {
  tag: string
  name: string
  declared: { [Kind in Counted]: number | undefined }
  /** Every case below it. */
  deep: Counts
  /** Its direct cases and suites, each suite as one: how node counts. */
  direct: Counts
}

interface Case {
  name: string
  failed: boolean
  skipped: boolean
  /** Surefire's words for a try that was not the last one. */
  triedAgain: boolean
  message: string
}

const keptFailures = 50
const keptCharacters = { name: 300, message: 1000 }
const failing = new Set(['failure', 'error'])
const again = new Set(['flakyFailure', 'flakyError', 'rerunFailure', 'rerunError'])
const none = (): Counts => ({ total: 0, failed: 0, skipped: 0, both: 0, flaky: 0 })

/** Counts the cases of one report as its tags go by, and refuses what contradicts itself. */
export class JunitTally {
  readonly #suites: Suite[] = []
  readonly #failures: { name: string; message: string }[] = []
  /** Tags between the current case and the current place. */
  readonly #inside: string[] = []
  #case: Case | undefined
  #root: Counts | undefined

  /** An opening tag with its attributes. */
  open(tag: string, attributes: Record<string, string>): void {
    if (this.#case) return this.#openInCase(tag, attributes)
    if (this.#inside.length > 0) return void this.#inside.push(tag)
    switch (tag) {
      case 'testsuites':
      case 'testsuite':
        return this.#openSuite(tag, attributes)
      case 'testcase':
        if (this.#suites.length === 0) throw new Contradiction('expected testsuites or testsuite, found testcase')
        this.#case = { name: nameOf(attributes), failed: false, skipped: false, triedAgain: false, message: '' }
        return
      case 'properties':
      case 'system-out':
      case 'system-err':
        if (this.#suites.length > 0) return void this.#inside.push(tag)
    }
    throw new Contradiction(
      `expected ${this.#suites.length > 0 ? 'a suite or a case' : 'testsuites or testsuite'}, found ${tag}`,
    )
  }

  /** A piece of text; the first line in a failure says what failed when its attributes do not. */
  text(text: string): void {
    const [only, ...deeper] = this.#inside
    if (!this.#case || this.#case.message !== '' || !only || !failing.has(only) || deeper.length > 0) return
    this.#case.message = text.trimStart().split('\n', 1)[0] ?? ''
  }

  /** A closing tag. */
  close(tag: string): void {
    if (this.#inside.length > 0) this.#inside.pop()
    else if (this.#case) this.#closeCase(this.#case)
    else this.#closeSuite(tag)
  }

  /** What the whole report says; undefined while there was no suite. */
  results(): ReportResults | undefined {
    if (!this.#root) return undefined
    const { total, failed, both, flaky } = this.#root
    const skipped = this.#root.skipped - both
    return { tests: { total, passed: total - failed - skipped, failed, skipped, flaky, failures: this.#failures } }
  }

  #openInCase(tag: string, attributes: Record<string, string>): void {
    const current = this.#case
    if (!current) return
    if (tag === 'testcase' || tag.startsWith('testsuite'))
      throw new Contradiction(`expected the end of a case, found ${tag}`)
    if (this.#inside.length === 0) {
      if (failing.has(tag)) {
        current.failed = true
        current.message ||= attributes['message'] ?? ''
      }
      if (tag === 'skipped') current.skipped = true
      if (again.has(tag)) current.triedAgain = true
    }
    this.#inside.push(tag)
  }

  #openSuite(tag: string, attributes: Record<string, string>): void {
    if (tag === 'testsuites' && this.#suites.length > 0)
      throw new Contradiction('expected testsuites at the top, found it inside')
    const [failures, errors] = [count(attributes, 'failures'), count(attributes, 'errors')]
    this.#suites.push({
      tag,
      name: attributes['name'] ?? '',
      declared: {
        total: count(attributes, 'tests'),
        failed: failures === undefined && errors === undefined ? undefined : (failures ?? 0) + (errors ?? 0),
        skipped: count(attributes, 'skipped'),
        flaky: count(attributes, 'flakes'),
      },
      deep: none(),
      direct: none(),
    })
  }

  #closeCase({ name, failed, skipped, triedAgain, message }: Case): void {
    const one = {
      total: 1,
      failed: Number(failed),
      skipped: Number(skipped),
      both: Number(failed && skipped),
      flaky: Number(triedAgain && !failed && !skipped),
    }
    const suite = this.#suites.at(-1)
    if (suite) {
      add(suite.deep, one)
      add(suite.direct, one)
    }
    if (failed && this.#failures.length < keptFailures) {
      this.#failures.push({
        name: oneLine(name, keptCharacters.name),
        message: oneLine(message, keptCharacters.message),
      })
    }
    this.#case = undefined
  }

  #closeSuite(tag: string): void {
    const suite = this.#suites.pop()
    if (!suite) throw new Contradiction(`expected the end, found the end of ${tag}`)
    for (const kind of ['total', 'failed', 'skipped', 'flaky'] as const) check(suite, kind)
    const parent = this.#suites.at(-1)
    if (!parent) {
      this.#root = suite.deep
      return
    }
    add(parent.deep, suite.deep)
    const { failed, skipped, both, flaky } = suite.direct
    add(parent.direct, {
      total: 1,
      failed: Math.sign(failed),
      skipped: Math.sign(skipped),
      both: Math.sign(both),
      flaky: Math.sign(flaky),
    })
  }
}

function check({ tag, name, declared, deep, direct }: Suite, kind: Counted): void {
  const said = declared[kind]
  if (said === undefined || said === deep[kind] || said === direct[kind]) return
  if (kind === 'skipped' && said === deep.skipped - deep.both) return
  const words = { total: 'tests', failed: 'failures and errors', skipped: 'skipped tests', flaky: 'flaky tests' }
  throw new Contradiction(`${tag} ${oneLine(name, 100)} declares ${said} ${words[kind]}, and there are ${deep[kind]}`)
}

function add(to: Counts, more: Counts): void {
  to.total += more.total
  to.failed += more.failed
  to.skipped += more.skipped
  to.both += more.both
  to.flaky += more.flaky
}

function count(attributes: Record<string, string>, name: string): number | undefined {
  const text = attributes[name]
  if (text === undefined) return undefined
  if (!/^(0|[1-9][0-9]{0,8})$/.test(text))
    throw new Contradiction(`expected a count in ${name}, found ${oneLine(text, 40)}`)
  return Number(text)
}

function nameOf({ classname = '', name = '' }: Record<string, string>): string {
  const [where, what] = [classname.trim(), name.trim()]
  return where === '' || what.startsWith(where) ? what || '(no name)' : `${where} › ${what}`
}
