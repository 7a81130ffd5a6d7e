import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { chanceOf } from './chance.ts'
import { check } from './check.ts'
import { gatherEvidence, isAnyJobDue } from './evidence.ts'
import { killAtRandom } from './killer.ts'
import { processesWith } from '../rig/processes.ts'
import { keepBusy } from './workload.ts'
import { startWorld, until } from './world.ts'

/*
 * Promotions stream through two servers while these, their jobs, and PostgreSQL are killed at random. Afterwards
 * everything must come to rest by itself, and an independent checker must find nothing wrong.
 *
 *   npm run test:faults -- [--seconds 75] [--seed 1] [--report FOLDER]
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '75' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    report: { type: 'string' },
  },
})
const seed = Number(values.seed)
console.log(`faults: seed ${seed}, ${values.seconds} s of kills`)

/** Fewer deployments than these prove nothing. */
const enough = 5
let still = { next: -1, since: 0 }
const world = await startWorld()
let failed = true
try {
  const text = await readFile(join(world.repository, 'lockflight.yaml'), 'utf8')
  await world.admin.applyRevision({ project: 'faulty', text, file: 'lockflight.yaml' })
  const chance = chanceOf(seed)
  const killing = AbortSignal.timeout(Number(values.seconds) * 1000)
  const working = new AbortController()
  const busy = keepBusy(world, chance, working.signal)
  const kills = await Promise.race([
    killAtRandom(world, chance, killing),
    busy.then(() => Promise.reject(new Error('the clients stopped'))),
  ])
  console.log(
    `killed ${kills.server} servers, ${kills.process} of their processes, PostgreSQL ${kills.postgres} times, the witness ${kills.witness}; froze ${kills.frozen} servers past their lease`,
  )

  const { vkey } = await recovered()
  await until(async () => (await succeededSoFar()) >= enough, 60, `${enough} deployments to succeed`)
  working.abort()
  const history = await busy
  // A job that failed while PostgreSQL was away is tried again within a minute.
  await until(isQuiet, 120, 'everything to come to rest')
  const evidence = await gatherEvidence(world, vkey)
  const violations = await check(evidence, history)
  const orphans = processesWith(`${world.folder}/one/jobs`, ['cmdline', 'environ'])
  if (orphans.length > 0) violations.push({ invariant: 'I12', what: `orphans: ${orphans.join(', ')}` })

  const { rows, entries } = evidence
  const succeeded = rows.deployments.filter(({ outcome }) => outcome === 'succeeded').length
  console.log(
    `${rows.runs.length} runs, ${rows.promotions.length} promotions, ${rows.deployments.length} deployments (${succeeded} succeeded), ${entries.length} log entries, of which the witness has seen ${evidence.witnessed.split('\n')[1]}, ${history.checkpoints.length} checkpoints and ${history.events.length} events seen`,
  )
  console.log(
    `${rows.waiting.length} promotions wait for ${[...new Set(rows.waiting.flatMap(({ unmet }) => unmet.map(({ id }) => id)))].join(', ')}`,
  )
  console.log(
    `refused: ${[...history.refusals].map(([reason, times]) => `${reason} ${times}`).join(', ') || 'nothing'}`,
  )
  if (succeeded < enough)
    violations.push({
      invariant: 'workload',
      what: `only ${succeeded} deployments succeeded: too few to prove anything`,
    })
  failed = violations.length > 0
  for (const { invariant, what } of violations.slice(0, 50)) console.log(`✗ ${invariant} ${what}`)
  if (failed) await writeReport({ seed, violations, history, evidence })
  else console.log(`✓ I01–I12 hold (seed ${seed})`)
} catch (error) {
  await writeReport({ seed, error: inspect(error) })
  throw error
} finally {
  await world.stop()
}
process.exitCode = failed ? 1 : 0

/** The servers answer again by themselves (I15). */
async function recovered(): Promise<{ vkey: string }> {
  let vkey = ''
  await until(
    async () => {
      vkey = (await world.admin.read('/log/key')).toString().trim()
      return (await world.admin.getMe({})).id !== ''
    },
    30,
    'the servers to answer again',
  )
  return { vkey }
}

async function succeededSoFar(): Promise<number> {
  const { environments } = await world.admin.getStatus({ project: 'faulty' })
  const lists = await Promise.all(
    environments.map(({ name }) => world.admin.listDeployments({ project: 'faulty', environment: name })),
  )
  return lists.flatMap(({ items }) => items).filter(({ outcome }) => outcome === 'succeeded').length
}

/** Nothing is at work or about to be tried again, and nothing was written for three seconds: what waits, waits for a person or a later hour. */
async function isQuiet(): Promise<boolean> {
  if ((await isAtWork()) || (await isAnyJobDue(world))) return false
  const { next } = await world.admin.listEntries({ newestFirst: true, limit: 1 })
  if (next !== still.next) still = { next, since: performance.now() }
  return performance.now() - still.since > 3000
}

async function isAtWork(): Promise<boolean> {
  const project = 'faulty'
  for (const state of ['queued', 'running'] as const) {
    if ((await world.admin.listRuns({ project, state, limit: 1 })).items.length > 0) return true
  }
  for (const state of ['deploying', 'verifying'] as const) {
    if ((await world.admin.listPromotions({ project, state, limit: 1 })).items.length > 0) return true
  }
  return false
}

async function writeReport(report: object): Promise<void> {
  const folder = values.report ?? join('fault-reports', String(seed))
  await mkdir(folder, { recursive: true })
  for (const log of world.logs) await copyFile(log, join(folder, basename(log)))
  const plain = (_: string, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value instanceof Map ? [...value] : value
  await writeFile(join(folder, 'report.json'), JSON.stringify(report, plain, 1))
  console.log(`the whole story is in ${folder}/report.json`)
}
