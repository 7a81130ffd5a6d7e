import { cpus, totalmem } from 'node:os'
import { isMet, tableText, type Row } from './row.ts'

/*
 * Every figure as a ratio to its limit or peer, measured in the same run:
 *
 *   npm run bench                all of it, about ten minutes
 *   npm run bench -- step cli    only these
 */

const benchmarks: Record<string, () => Promise<Row[]>> = {
  step: async () => (await import('./step.ts')).benchStep(),
  promotions: async () => (await import('./promotions.ts')).benchPromotions(),
  log: async () => (await import('./log.ts')).benchLog(),
  history: async () => (await import('./history.ts')).benchHistory(),
  backtest: async () => (await import('./backtest.ts')).benchBacktest(),
  cli: async () => (await import('./cli.ts')).benchCli(),
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !Object.hasOwn(benchmarks, name))
if (unknown !== undefined) {
  console.error(`expected some of ${Object.keys(benchmarks).join(', ')}; found ${unknown}`)
  process.exit(2)
}

const rows: Row[] = []
for (const [name, run] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  console.error(`measuring ${name} …`)
  rows.push(...(await run()))
}
const gibibytes = Math.round(totalmem() / 1024 ** 3)
console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, ${gibibytes} GiB, Node ${process.versions.node}\n`)
console.log(tableText(rows))
console.log(`\n${rows.filter(({ ratio, target }) => !isMet(ratio, target)).length} of ${rows.length} miss their target`)
