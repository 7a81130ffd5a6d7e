import { oneLine } from '../core/one-line.ts'
import type { CoverageResults, ReportOrigin } from '../core/report.ts'
import { CoverageTally } from './coverage-tally.ts'
import { repositoryPath } from './repository-path.ts'
import { Contradiction } from './untrusted.ts'

type Attributes = Record<string, string>
type Count = { covered: number; total: number }

/** Which tags may stand in which. */
const children: Record<string, readonly string[]> = {
  '': ['coverage'],
  coverage: ['sources', 'packages'],
  sources: ['source'],
  source: [],
  packages: ['package'],
  package: ['classes'],
  classes: ['class'],
  class: ['methods', 'lines'],
  methods: ['method'],
  method: ['lines'],
  lines: ['line'],
  line: ['conditions'],
  conditions: ['condition'],
  condition: [],
}

/** Rates are rounded differently by every tool. */
const rateTolerance = 0.011

/** Counts a Cobertura report as its tags go by, and refuses what contradicts itself. */
export class CoberturaTally {
  readonly #tally = new CoverageTally()
  readonly #origin: ReportOrigin | undefined
  readonly #inside: string[] = []
  readonly #sources: string[] = []
  #root: Attributes | undefined
  #file: ReturnType<CoverageTally['file']> | undefined
  /** Each line as often as it is written: how tools count that write one class per function or lambda. */
  readonly #written: { lines: Count; branches: Count } = { lines: none(), branches: none() }

  constructor(origin: ReportOrigin | undefined) {
    this.#origin = origin
  }

  /** An opening tag with its attributes. */
  open(tag: string, attributes: Attributes): void {
    const parent = this.#inside.at(-1) ?? ''
    if (!children[parent]?.includes(tag)) {
      throw new Contradiction(
        `expected ${children[parent]?.join(' or ') || `the end of ${parent}`}, found ${oneLine(tag, 60)}`,
      )
    }
    this.#inside.push(tag)
    if (tag === 'coverage') this.#root = attributes
    if (tag === 'source') this.#sources.push('')
    if (tag === 'class') this.#file = this.#tally.file(this.#pathOf(attributes['filename'] ?? ''))
    if (tag === 'line') this.#line(attributes)
  }

  /** A piece of text; of interest only in a source. */
  text(text: string): void {
    if (this.#inside.at(-1) !== 'source') return
    this.#sources.push((this.#sources.pop() ?? '') + text)
  }

  /** A closing tag. */
  close(): void {
    this.#inside.pop()
  }

  /** The whole report, when what it declares is what is in it. */
  results(): CoverageResults {
    const results = this.#tally.results()
    const root = this.#root ?? {}
    checkCounts('lines', root, [results.lines, this.#written.lines])
    checkCounts('branches', root, [results.branches ?? none(), this.#written.branches])
    checkRate('line-rate', root, [results.lines, this.#written.lines])
    checkRate('branch-rate', root, [results.branches ?? none(), this.#written.branches])
    return results
  }

  /** File names are relative to a source; when it is the only one and lies in the repository, they are in that folder of it. */
  #pathOf(filename: string): string {
    const root = this.#origin?.root
    const [source = '', ...others] = this.#sources.map((each) => each.trim().replace(/\/$/, ''))
    const isOurs = root !== undefined && others.length === 0 && `${source}/`.startsWith(`${root}/`)
    return repositoryPath(isOurs && !filename.startsWith('/') ? `${source}/${filename}` : filename, this.#origin)
  }

  /** Lines of methods are those of their class once more. */
  #line(attributes: Attributes): void {
    const number = wholeNumber(attributes, 'number')
    const hits = wholeNumber(attributes, 'hits')
    if (number === undefined || number === 0) throw new Contradiction('expected the number of a line, found none')
    if (hits === undefined) throw new Contradiction(`expected hits of line ${number}, found none`)
    const branch = conditions(attributes, number)
    if (this.#inside.includes('method') || !this.#file) return
    this.#tally.line(this.#file, number, hits > 0)
    add(this.#written.lines, { covered: Number(hits > 0), total: 1 })
    if (!branch) return
    this.#tally.branch(this.#file, `${number}`, branch)
    add(this.#written.branches, branch)
  }
}

/** `50% (1/2)` of a line that can branch. */
function conditions(attributes: Attributes, line: number): Count | undefined {
  const text = attributes['condition-coverage']
  if (attributes['branch']?.toLowerCase() !== 'true' || text === undefined) return undefined
  const [, percent = '', covered = '', total = ''] = /^(\d{1,3}(?:\.\d+)?)% \((\d{1,8})\/(\d{1,8})\)$/.exec(text) ?? []
  const branch = { covered: Number(covered), total: Number(total) }
  const isRight =
    percent !== '' && branch.covered <= branch.total && Math.abs(Number(percent) - 100 * rateOf(branch)) <= 1
  if (!isRight)
    throw new Contradiction(`expected condition-coverage such as 50% (1/2) in line ${line}, found ${oneLine(text, 60)}`)
  return branch
}

function checkCounts(what: 'lines' | 'branches', root: Attributes, possible: Count[]): void {
  for (const [name, of] of [
    [`${what}-valid`, 'total'],
    [`${what}-covered`, 'covered'],
  ] as const) {
    const said = wholeNumber(root, name)
    if (said === undefined || possible.some((count) => count[of] === said)) continue
    throw new Contradiction(`coverage declares ${name} ${said}, and there are ${possible[0]?.[of]}`)
  }
}

function checkRate(name: string, root: Attributes, possible: Count[]): void {
  const text = root[name]
  if (text === undefined) return
  const rate = Number(text)
  if (!/^[0-9.]{1,30}(e-?\d+)?$/i.test(text) || !(rate >= 0 && rate <= 1)) {
    throw new Contradiction(`expected a ${name} from 0 to 1, found ${oneLine(text, 40)}`)
  }
  const known = possible.filter(({ total }) => total > 0)
  if (known.length === 0 || known.some((count) => Math.abs(rate - rateOf(count)) <= rateTolerance)) return
  throw new Contradiction(
    `coverage declares a ${name} of ${text}, and that of its lines is ${rateOf(known[0]!).toFixed(4)}`,
  )
}

function rateOf({ covered, total }: Count): number {
  return total === 0 ? 1 : covered / total
}

function none(): Count {
  return { covered: 0, total: 0 }
}

function add(to: Count, { covered, total }: Count): void {
  to.covered += covered
  to.total += total
}

function wholeNumber(attributes: Attributes, name: string): number | undefined {
  const text = attributes[name]
  if (text === undefined) return undefined
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text))
    throw new Contradiction(`expected a count in ${name}, found ${oneLine(text, 40)}`)
  return Number(text)
}
