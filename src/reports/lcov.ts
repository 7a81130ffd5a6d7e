import { oneLine } from '../core/one-line.ts'
import type { ReportOrigin, ReportReader } from '../core/report.ts'
import { CoverageTally, linesIn, sumOf } from './coverage-tally.ts'
import { repositoryPath } from './repository-path.ts'
import { Contradiction, untrusted } from './untrusted.ts'

const kind = 'LCOV'
const maxBytes = 64 * 1024 * 1024
const maxLineLength = 65_536
/** What lcov, c8, node and others write besides; nothing is judged by it (`man geninfo`, FILES). */
const passedOver = new Set(['FN', 'FNDA', 'FNF', 'FNH', 'FNL', 'FNA', 'VER', 'MCDC', 'MCF', 'MCH'])

/**
 * LCOV's tracefiles (`man geninfo`, FILES) as lcov, c8, vitest, node and gcovr write them. What a record declares as
 * found and hit must be what is in it. The format has no end: a file cut between two records looks whole.
 */
export const lcov: ReportReader = {
  recognizes: (top) => 'text' in top && /^(TN|SF):/.test(top.text),
  read(bytes, origin) {
    if (bytes.byteLength > maxBytes) throw untrusted(kind, `it is larger than ${maxBytes} bytes`)
    const tally = new LcovTally(origin)
    let number = 0
    try {
      for (const line of linesOf(bytes)) {
        number++
        if (line.length > maxLineLength)
          throw new Contradiction(`expected at most ${maxLineLength} characters, found more`)
        if (line !== '') tally.line(line)
      }
      return { coverage: tally.results() }
    } catch (error) {
      if (!(error instanceof Contradiction)) throw error
      throw untrusted(kind, `line ${number}: ${error.message}`, error)
    }
  },
}

function* linesOf(bytes: Uint8Array): Generator<string> {
  if (bytes.byteLength === 0) throw new Contradiction('expected a record, found an empty file')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Contradiction('expected UTF-8, found other bytes')
  }
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    yield line.endsWith('\r') ? line.slice(0, -1) : line
    start = end < 0 ? text.length : end + 1
  }
}

/** One record, from `SF` to `end_of_record`. */
interface LcovRecord {
  path: string
  /** Of this record alone. */
  tally: CoverageTally
  own: ReturnType<CoverageTally['file']>
  /** Each line and branch as often as it is written. */
  written: { LF: number; LH: number; BRF: number; BRH: number }
  /** What LF, LH, BRF and BRH said. */
  declared: Map<string, number>
}

class LcovTally {
  readonly #tally = new CoverageTally()
  readonly #origin: ReportOrigin | undefined
  #record: LcovRecord | undefined

  constructor(origin: ReportOrigin | undefined) {
    this.#origin = origin
  }

  line(line: string): void {
    const colon = line.indexOf(':')
    const [word, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)]
    if (word === 'TN' || line.startsWith('#')) return
    if (word === 'SF') return this.#open(value)
    const record = this.#record
    if (!record) throw new Contradiction(`expected SF or TN, found ${oneLine(line, 60)}`)
    switch (word) {
      case 'DA':
        return this.#data(record, value)
      case 'BRDA':
        return this.#branch(record, value)
      case 'LF':
      case 'LH':
      case 'BRF':
      case 'BRH':
        return void record.declared.set(word, count(value, word))
      case 'end_of_record':
        return this.#close(record, line)
    }
    if (!passedOver.has(word)) throw new Contradiction(`expected a line of a record, found ${oneLine(line, 60)}`)
  }

  results() {
    if (this.#record) throw new Contradiction('expected end_of_record, found the end of the file')
    return this.#tally.results()
  }

  #open(path: string): void {
    if (this.#record) throw new Contradiction('expected end_of_record, found SF')
    const tally = new CoverageTally()
    const file = repositoryPath(path, this.#origin)
    const written = { LF: 0, LH: 0, BRF: 0, BRH: 0 }
    this.#record = { path: file, tally, own: tally.file(file), written, declared: new Map() }
  }

  #data({ tally, own, written }: LcovRecord, value: string): void {
    const [line = '', hits = ''] = value.split(',', 2)
    const reached = count(hits, 'DA') > 0
    tally.line(own, lineNumber(line), reached)
    written.LF++
    written.LH += Number(reached)
  }

  #branch({ tally, own, written }: LcovRecord, value: string): void {
    const [place = '', taken = ''] = value.split(/,(?=[^,]*$)/)
    const covered = taken === '-' ? 0 : Math.min(1, count(taken, 'BRDA'))
    lineNumber(place.split(',', 1)[0] ?? '')
    tally.branch(own, place, { covered, total: 1 })
    written.BRF++
    written.BRH += covered
  }

  #close({ path, own, written, declared }: LcovRecord, line: string): void {
    if (line !== 'end_of_record') throw new Contradiction(`expected end_of_record, found ${oneLine(line, 60)}`)
    const lines = linesIn(own)
    const branches = sumOf([...own.branches.values()])
    const found = { LF: lines.total, LH: lines.covered, BRF: branches.total, BRH: branches.covered }
    for (const [word, said] of declared) {
      const there = found[word as keyof typeof found]
      if (said !== there && said !== written[word as keyof typeof written])
        throw new Contradiction(`${oneLine(path, 100)} declares ${word}:${said}, and there are ${there}`)
    }
    const file = this.#tally.file(path)
    for (const [number, reached] of own.lines) this.#tally.line(file, number, reached)
    for (const [place, branch] of own.branches) this.#tally.branch(file, place, branch)
    this.#record = undefined
  }
}

function lineNumber(text: string): number {
  if (!/^[1-9][0-9]{0,7}$/.test(text)) throw new Contradiction(`expected a line number, found ${oneLine(text, 40)}`)
  return Number(text)
}

/** How often something was reached; tools with overflowing or averaged counters write more than whole numbers, and none below zero. */
function count(text: string, word: string): number {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text))
    throw new Contradiction(`expected a count in ${word}, found ${oneLine(text, 40)}`)
  return Number(text)
}
