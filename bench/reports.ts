import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { median } from './compare.ts'
import { tableText, type Row } from './row.ts'

const cases = 200_000
const rounds = 5

/** What one process took to do nothing but hold such a file, or to read it as well. */
interface Taken {
  milliseconds: number
  peakMebibytes: number
}

/** A report of 200 000 test cases, beside a process that only holds the file: how long, and how much more memory at the most. */
export async function benchReports(): Promise<Row[]> {
  const times: Taken[] = []
  const floors: Taken[] = []
  for (let round = 0; round < rounds; round++) {
    floors.push(await take('hold'))
    times.push(await take('read'))
  }
  const of = (taken: Taken[], what: keyof Taken) => median(taken.map((each) => each[what]))
  const [milliseconds, more] = [of(times, 'milliseconds'), of(times, 'peakMebibytes') - of(floors, 'peakMebibytes')]
  return [
    {
      what: `JUnit report, ${cases} cases`,
      ours: `${milliseconds.toFixed(0)} ms`,
      limit: '1000 ms',
      ratio: milliseconds / 1000,
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

async function take(what: 'hold' | 'read'): Promise<Taken> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, what])
  return JSON.parse(stdout) as Taken
}

/** In a process of its own: the peak of its memory never goes down again. */
async function takeHere(what: string): Promise<Taken> {
  const one = '<testcase classname="suite.of.tests" name="a case with a name" time="0.001"/>\n'
  const file = Buffer.from(`<testsuite tests="${cases}">${one.repeat(cases)}</testsuite>`)
  const { junit } = await import('../src/reports/junit.ts')
  const start = performance.now()
  const found = what === 'read' ? junit.read(file).tests?.total : file.length
  const milliseconds = performance.now() - start
  if (found === 0) throw new Error('nothing was read')
  return { milliseconds, peakMebibytes: process.resourceUsage().maxRSS / 1024 }
}

if (import.meta.main) {
  const what = process.argv[2]
  console.log(what === undefined ? tableText(await benchReports()) : JSON.stringify(await takeHere(what)))
}
