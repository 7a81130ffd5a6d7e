import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { SaxesParser } from 'saxes'
import { junit } from '../src/reports/junit.ts'
import { median } from './compare.ts'
import { tableText, type Row } from './row.ts'

const cases = 200_000
const rounds = 5
const whats = ['hold', 'parse', 'read'] as const
type What = (typeof whats)[number]

/** What one process took to hold such a file, to run the bare parser over it, or to read it. */
interface Taken {
  milliseconds: number
  peakMebibytes: number
}

/** A report of 200 000 test cases: how long beside the XML parser alone, and how much memory above a process that only holds the file. */
export async function benchReports(): Promise<Row[]> {
  const taken: Record<What, Taken[]> = { hold: [], parse: [], read: [] }
  for (let round = 0; round < rounds; round++) {
    for (const what of whats) taken[what].push(await take(what))
  }
  const of = (what: What, figure: keyof Taken) => median(taken[what].map((each) => each[figure]))
  const [ours, parser] = [of('read', 'milliseconds'), of('parse', 'milliseconds')]
  const more = of('read', 'peakMebibytes') - of('hold', 'peakMebibytes')
  return [
    {
      what: `JUnit report, ${cases} cases`,
      ours: `${ours.toFixed(0)} ms`,
      limit: `its XML parser alone ${parser.toFixed(0)} ms`,
      ratio: ours / parser,
      target: { atMost: 1.5 },
    },
    {
      what: 'the same, in a second',
      ours: `${ours.toFixed(0)} ms`,
      limit: '1000 ms',
      ratio: ours / 1000,
      target: { atMost: 1 },
    },
    {
      what: 'the same, memory above holding the file',
      ours: `${more.toFixed(0)} MiB`,
      limit: '50 MiB',
      ratio: more / 50,
      target: { atMost: 1 },
    },
  ]
}

async function take(what: What): Promise<Taken> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, what])
  return JSON.parse(stdout) as Taken
}

/** In a process of its own: the peak of its memory never goes down again. */
function takeHere(what: string): Taken {
  const one = '<testcase classname="suite.of.tests" name="a case with a name" time="0.001"/>\n'
  const file = Buffer.from(`<testsuite tests="${cases}">${one.repeat(cases)}</testsuite>`)
  const start = performance.now()
  if (what === 'parse') new SaxesParser().write(file.toString()).close()
  if (what === 'read' && junit.read(file).tests?.total !== cases) throw new Error('not every case was read')
  return { milliseconds: performance.now() - start, peakMebibytes: process.resourceUsage().maxRSS / 1024 }
}

if (import.meta.main) {
  const what = process.argv[2]
  console.log(what === undefined ? tableText(await benchReports()) : JSON.stringify(takeHere(what)))
}
