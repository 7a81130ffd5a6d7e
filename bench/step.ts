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
import { median } from './compare.ts'
import { tableText, type Row } from './row.ts'

const steps = 100
const rounds = 21
const run = promisify(execFile)
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }

/** What each step of a job is: one program, as most steps are, or something only a shell can do. */
const lines = { programs: '/bin/true', shell: 'x=1; /bin/true' }
type Kind = keyof typeof lines
const kinds: Kind[] = ['programs', 'shell']

/** How long something took in one round, in milliseconds. */
interface Took {
  /** From the beginning of the first step until the end of the last one is on disk. */
  steps: Record<Kind, number>
  /** From the request to the runner until nothing of the job is left. */
  job: Record<Kind, number>
  /** `bash -e` with the same lines. */
  bash: Record<Kind, number>
  /** What a script would do for a job: a fresh clone, `bash -e`, and away with it. */
  script: number
}

/** A job of a hundred small steps with every step's beginning and end on disk, against `bash -e` with the same lines. */
export async function benchStep(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-bench-'))
  const server = await startTestPostgres(durable)
  const undo: (() => Promise<unknown>)[] = [() => server.remove()]
  try {
    await makeTemplate(server.url)
    const round = await prepare(folder, (await copyDatabase(server.url)).url, (step) => undo.push(step))
    await round()
    const all: Took[] = []
    for (let n = 0; n < rounds; n++) all.push(await round())
    return rowsOf(all)
  } finally {
    for (const step of undo.toReversed()) await step()
    await rm(folder, { recursive: true, force: true })
  }
}

function rowsOf(all: Took[]): Row[] {
  const middle = (pick: (took: Took) => number) => median(all.map(pick))
  const row = (
    what: string,
    ours: number,
    limit: number,
    { name, target }: { name: string; target: Row['target'] },
  ) => ({
    what,
    ours: `${ours.toFixed(0)} ms`,
    limit: `${name} ${limit.toFixed(0)} ms`,
    ratio: ours / limit,
    target,
  })
  const ofSteps = (kind: Kind) => [middle((took) => took.steps[kind]), middle((took) => took.bash[kind])] as const
  const bash = { name: 'bash -e', target: null }
  return [
    row('100 steps, each a program', ...ofSteps('programs'), { ...bash, target: { atMost: 1.15 } }),
    row('100 steps, each for a shell', ...ofSteps('shell'), bash),
    row(
      'job of 100 steps, with checkout and isolation',
      middle((took) => took.job.programs),
      middle((took) => took.script),
      {
        name: 'clone, bash -e, rm',
        target: null,
      },
    ),
  ]
}

/** One round of everything, in turn, so that whatever else the machine does hits all alike. */
async function prepare(folder: string, databaseUrl: string, later: Later): Promise<() => Promise<Took>> {
  const repository = await createRepository(join(folder, 'shop'))
  await repository.commit({ files: { 'lockflight.yaml': configuration() } })
  const ours = { steps: { programs: 0, shell: 0 }, job: { programs: 0, shell: 0 } }
  const createApp = async (store: Store): Promise<App> => {
    const app = await createRealApp(join(folder, 'home'), store, later)
    return { ...app, runner: timed(app.runner, ours) }
  }
  const database = { url: databaseUrl, drop: async () => undefined }
  const { app, admin, stop } = await startApp('{ project: shop, environments: {} }', { database, createApp })
  later(stop)

  const scripts = { programs: join(folder, 'programs.sh'), shell: join(folder, 'shell.sh') }
  for (const kind of kinds) await writeFile(scripts[kind], `${lines[kind]}\n`.repeat(steps))
  const byHand = 'git clone --quiet --depth 1 "file://$1" "$2" && cd "$2" && bash -e "$3" && rm -rf "$2"'
  return async () => {
    // What the run before has left to do would slow whatever comes first.
    await inBash('bash -e "$1"', scripts.shell)
    const bash = {
      programs: await inBash('bash -e "$1"', scripts.programs),
      shell: await inBash('bash -e "$1"', scripts.shell),
    }
    const script = await inBash(byHand, repository.folder, join(folder, 'clone'), scripts.programs)
    const { id } = await startRun(app, admin, { project: 'shop', repository: repository.folder, ref: 'main' })
    await executeRun(app, id, AbortSignal.timeout(60_000))
    return { ...structuredClone(ours), bash, script }
  }
}

/** How long a script takes by bash's own clock, so that the time to start bash from here is not counted. */
async function inBash(script: string, ...args: string[]): Promise<number> {
  const clock = 'a=$EPOCHREALTIME; eval "$0" >&2; b=$EPOCHREALTIME; echo $((${b/./} - ${a/./}))'
  return Number((await run('bash', ['-c', clock, script, ...args])).stdout) / 1000
}

/** The jobs run one after the other. */
function configuration(): string {
  const jobs = kinds.map((kind, index) => {
    const needs = kinds.slice(0, index).join(', ')
    const list = `        - { run: '${lines[kind]}' }\n`.repeat(steps)
    return `    ${kind}:\n      stage: test\n      needs: [${needs}]\n      steps:\n${list}`
  })
  return `project: shop\npipeline:\n  jobs:\n${jobs.join('')}`
}

/** The runner with a clock. */
function timed(runner: Runner, took: Pick<Took, 'steps' | 'job'>): Runner {
  return {
    async run(request, record, signal) {
      const kind = request.job as Kind
      const asked = performance.now()
      let begun = 0
      const recordTimed: typeof record = async (events) => {
        const first = events.find((event) => event.kind === 'step-started' && event.step === 0)
        if (first) begun = first.at.getTime()
        await record(events)
        const last = events.some((event) => event.kind === 'step-finished' && event.step === steps - 1)
        if (last) took.steps[kind] = Date.now() - begun
      }
      const result = await runner.run(request, recordTimed, signal)
      took.job[kind] = performance.now() - asked
      return result
    },
  }
}

if (import.meta.main) console.log(tableText(await benchStep()))
