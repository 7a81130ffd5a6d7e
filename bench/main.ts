import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { withFigures } from './figures.ts'
import { isMet, markdownTable, tableText, type Row } from './row.ts'

/*
 * Every figure as a ratio to its limit or peer, measured in the same run:
 *
 *   npm run bench                all of it
 *   npm run bench -- step cli    only these
 *   npm run bench -- --write     all of it, and into bench/README.md
 */

// How long a process takes to start depends on the size of the one that starts it: what starts some comes first.
const benchmarks: Record<string, () => Promise<Row[]>> = {
  reports: async () => (await import('./reports.ts')).benchReports(),
  cli: async () => (await import('./cli.ts')).benchCli(),
  step: async () => (await import('./step.ts')).benchStep(),
  promotions: async () => (await import('./promotions.ts')).benchPromotions(),
  backtest: async () => (await import('./backtest.ts')).benchBacktest(),
  trust: async () => (await import('./trust.ts')).benchTrust(),
  log: async () => (await import('./log.ts')).benchLog(),
  history: async () => (await import('./history.ts')).benchHistory(),
}
const page = resolve(import.meta.dirname, 'README.md')

const asked = process.argv.slice(2)
const write = asked.includes('--write')
const names = asked.filter((word) => word !== '--write')
const unknown = names.find((name) => !Object.hasOwn(benchmarks, name))
if (unknown !== undefined || (write && names.length > 0)) {
  console.error(`expected --write alone, or some of ${Object.keys(benchmarks).join(', ')}; found ${asked.join(' ')}`)
  process.exit(2)
}

const rows: Row[] = []
let failures = 0
for (const [name, run] of Object.entries(benchmarks)) {
  if (names.length > 0 && !names.includes(name)) continue
  console.error(`measuring ${name} …`)
  const start = performance.now()
  try {
    rows.push(...(await run()))
    console.error(`measured ${name} in ${Math.round((performance.now() - start) / 1000)} s`)
  } catch (error) {
    // What the others measure is of use all the same.
    failures += 1
    console.error(`${name} could not be measured:`, error)
  }
}

const missed = rows.filter(({ ratio, target }) => !isMet(ratio, target)).length
const summary = `${missed} of ${rows.length} miss their target`
console.log(`${machine()}\n\n${tableText(rows)}\n\n${summary}`)
if (failures > 0) process.exitCode = 1
else if (write) {
  const told = `\`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, ${machine()}; ${summary}.`
  await writeFile(page, withFigures(await readFile(page, 'utf8'), `${told}\n\n${markdownTable(rows)}`))
}

function machine(): string {
  const gibibytes = Math.round(totalmem() / 1024 ** 3)
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, ${gibibytes} GiB, Node ${process.versions.node}`
}
