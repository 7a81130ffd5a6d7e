import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { App } from '../src/app/app.ts'
import { executeRun } from '../src/app/execute-run.ts'
import { startRun } from '../src/app/start-run.ts'
import type { Runner } from '../src/core/runner.ts'
import type { Store } from '../src/core/store.ts'
import { startApp } from '../test/rig/app.ts'
import { copyDatabase, makeTemplate, startTestPostgres } from '../test/rig/postgres-server.ts'
import { createRealApp, type Later } from '../test/rig/real-app.ts'
import { createRepository } from '../test/rig/repository.ts'
import { compare, median } from './compare.ts'
import { tableText, type Row } from './row.ts'

const steps = 100
const rounds = 9
const run = promisify(execFile)
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }

/** A job of a hundred steps, each a process that does nothing, with every step's beginning and end on disk; against `bash -e` with the same hundred lines. */
export async function benchStep(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-bench-'))
  const server = await startTestPostgres(durable)
  const undo: (() => Promise<unknown>)[] = [() => server.remove()]
  try {
    await makeTemplate(server.url)
    const bench = await prepare(folder, (await copyDatabase(server.url)).url, (step) => undo.push(step))
    return await measure(bench)
  } finally {
    for (const step of undo.toReversed()) await step()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Bench {
  /** Runs the whole job; how long its steps took, from the first one's beginning until the last one's end is durable. */
  job(): Promise<number>
  /** How long bash takes for the same lines, in its own words. */
  bash(): Promise<number>
  /** What a script would do for a job: a fresh clone, the lines, and away with it. */
  script(): Promise<unknown>
}

async function measure({ job, bash, script }: Bench): Promise<Row[]> {
  await job()
  const times: { ours: number; limit: number }[] = []
  const whole = await compare(rounds, async () => times.push({ ours: await job(), limit: await bash() }), script)
  const ours = median(times.map((time) => time.ours))
  const limit = median(times.map((time) => time.limit))
  const wholeOurs = whole.ours - limit
  return [
    {
      what: `${steps} steps, events durable`,
      ours: `${ours.toFixed(1)} ms`,
      limit: `bash -e ${limit.toFixed(1)} ms`,
      ratio: ours / limit,
      target: { atMost: 1.15 },
    },
    {
      what: 'the whole job, checked out and kept apart',
      ours: `${wholeOurs.toFixed(0)} ms`,
      limit: `clone, bash -e, rm ${whole.limit.toFixed(0)} ms`,
      ratio: wholeOurs / whole.limit,
      target: null,
    },
  ]
}

async function prepare(folder: string, databaseUrl: string, later: Later): Promise<Bench> {
  const lines = Array.from({ length: steps }, () => '/bin/true')
  const repository = await createRepository(join(folder, 'shop'))
  const pipeline = lines.map((line) => `        - run: ${line}`).join('\n')
  await repository.commit({
    files: {
      'lockflight.yaml': `project: shop\npipeline:\n  jobs:\n    hundred:\n      stage: test\n      steps:\n${pipeline}\n`,
    },
  })
  let took = 0
  const createApp = async (store: Store): Promise<App> => {
    const app = await createRealApp(join(folder, 'home'), store, later)
    return { ...app, runner: timed(app.runner, (milliseconds) => (took = milliseconds)) }
  }
  const database = { url: databaseUrl, drop: async () => undefined }
  const rig = await startApp('{ project: shop, environments: {} }', { database, createApp })
  later(() => rig.stop())

  const script = join(folder, 'steps.sh')
  await writeFile(script, `${lines.join('\n')}\n`)
  const clock = 'a=$EPOCHREALTIME; bash -e "$1"; b=$EPOCHREALTIME; echo $((${b/./} - ${a/./}))'
  const byHand = 'git clone --quiet --depth 1 "file://$1" "$2" && cd "$2" && bash -e "$3" && rm -rf "$2"'
  return {
    async job() {
      const { id } = await startRun(rig.app, rig.admin, { project: 'shop', repository: repository.folder, ref: 'main' })
      await executeRun(rig.app, id, AbortSignal.timeout(60_000))
      return took
    },
    bash: async () => Number((await run('bash', ['-c', clock, 'clock', script])).stdout) / 1000,
    script: () => run('bash', ['-c', byHand, 'by-hand', repository.folder, join(folder, 'clone'), script]),
  }
}

/** The runner, with a clock from the beginning of the first step to the durable end of the last. */
function timed(runner: Runner, tell: (milliseconds: number) => void): Runner {
  return {
    async run(request, record, signal) {
      let begun = 0
      const last = request.definition.steps.length - 1
      return runner.run(
        request,
        async (events) => {
          const first = events.find((event) => event.kind === 'step-started' && event.step === 0)
          if (first) begun = first.at.getTime()
          await record(events)
          if (events.some((event) => event.kind === 'step-finished' && event.step === last)) tell(Date.now() - begun)
        },
        signal,
      )
    },
  }
}

if (import.meta.main) console.log(tableText(await benchStep()))
