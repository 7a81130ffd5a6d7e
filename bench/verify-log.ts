import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { Pool } from 'pg'
import { checkpointLine, entryLine, exportFiles } from '../src/core/log-export.ts'
import { exportCheckpoints, exportEntries } from '../src/log/export.ts'
import { median } from './compare.ts'
import type { Row } from './row.ts'

const rounds = 5
const page = 1000
const seconds = 60
const mebibytes = 300
const program = resolve(import.meta.dirname, '../bin/lockflight')

/** Told by the process itself as it ends: the peak of its memory, in mebibytes. */
const tellPeak = `process.on('exit', () => console.error(process.resourceUsage().maxRSS / 1024))`

/** `lockflight audit verify` over an exported log, as an auditor runs it. */
export async function benchVerify(
  pool: Pool,
  { folder, vkey, size }: { folder: string; vkey: string; size: number },
): Promise<Row[]> {
  await mkdir(folder)
  await pipeline(entriesOf(pool), createWriteStream(join(folder, exportFiles.entries)))
  await pipeline(checkpointsOf(pool), createWriteStream(join(folder, exportFiles.checkpoints)))
  await writeFile(join(folder, exportFiles.vkey), `${vkey}\n`)
  const argv = [`--import=data:text/javascript,${encodeURIComponent(tellPeak)}`, program, 'audit', 'verify', folder]
  const took: { seconds: number; peak: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv)
    if (!stdout.includes(String(size))) throw new Error(`expected ${size} entries, found ${stdout}`)
    took.push({ seconds: (performance.now() - start) / 1000, peak: Number(stderr) })
  }
  const time = median(took.map((one) => one.seconds))
  const peak = median(took.map((one) => one.peak))
  const what = `lockflight audit verify, ${size / 1_000_000} M exported entries`
  return [
    { what, ours: `${time.toFixed(1)} s`, limit: `${seconds} s`, ratio: time / seconds, target: { atMost: 1 } },
    {
      what: '  its peak of memory',
      ours: `${peak.toFixed(0)} MiB`,
      limit: `${mebibytes} MiB`,
      ratio: peak / mebibytes,
      target: { atMost: 1 },
    },
  ]
}

async function* entriesOf(pool: Pool): AsyncGenerator<string> {
  for (let from = 0; ; from += page) {
    const entries = await exportEntries(pool, from, page)
    if (entries.length === 0) return
    yield entries.map(entryLine).join('')
  }
}

async function* checkpointsOf(pool: Pool): AsyncGenerator<string> {
  for (let above = 0; ;) {
    const checkpoints = await exportCheckpoints(pool, above, page)
    const last = checkpoints.at(-1)
    if (!last) return
    yield checkpoints.map(({ note }) => checkpointLine(note)).join('')
    above = last.size
  }
}
