import { Client } from 'pg'
import { answerPromotion } from '../src/app/answer-promotion.ts'
import { backtestPolicy, mostVerdicts } from '../src/app/backtest-policy.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { startApp } from '../test/rig/app.ts'
import { copyDatabase, makeTemplate, startTestPostgres } from '../test/rig/postgres-server.ts'
import { median } from './compare.ts'
import { tableText, type Row } from './row.ts'

const limitMilliseconds = 5000
const rounds = 5
const gates = ['{ use: quality }', '{ use: signature }', '{ use: approval }', '{ use: soak, for: 1s }']
/** `upstream` comes by itself. */
const promotions = mostVerdicts / (gates.length + 1)

const configuration = (prodGates: string) => `
project: shop
environments:
  dev: { promote: auto, deploy: { use: target } }
  prod: { after: [dev], deploy: { use: target }, gates: [${prodGates}] }
`

/** A changed policy over as many recorded verdicts as are judged at once, with evidence of real promotions, against the time it may take. */
export async function benchBacktest(): Promise<Row[]> {
  const server = await startTestPostgres()
  try {
    await makeTemplate(server.url)
    const database = await copyDatabase(server.url)
    const rig = await startApp(configuration(gates.join(', ')), { database })
    await repeat(database.url, await promoteOnce(rig))
    const text = configuration(gates.join(', ').replace('quality', 'quality, tests: { at-least: 5 }'))
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now()
      const since = new Date(0)
      const { judged, flipped, flips } = await backtestPolicy(rig.app, rig.admin, {
        project: rig.project,
        text,
        since,
        environment: 'prod',
      })
      times.push(performance.now() - start)
      // The stricter gate, and the approvals, which are bound to the promotion they were copied from.
      if (judged !== mostVerdicts || flipped !== 2 * promotions || flips.length !== flipped) {
        throw new Error(`judged ${judged}, flipped ${flipped}, listed ${flips.length}`)
      }
    }
    await rig.stop()
    const ours = median(times)
    return [
      {
        what: `backtest, ${mostVerdicts} verdicts`,
        ours: `${ours.toFixed(0)} ms`,
        limit: `may take ${limitMilliseconds} ms`,
        ratio: ours / limitMilliseconds,
        target: { atMost: 1 },
      },
    ]
  } finally {
    await server.remove()
  }
}

async function promoteOnce(rig: Awaited<ReturnType<typeof startApp>>): Promise<string> {
  const bob = await rig.addMember('bob', ['approver'])
  const release = await rig.build()
  await rig.drain()
  const ask = {
    project: rig.project,
    release: release.digest,
    environment: 'prod',
    class: 'standard',
    reason: '',
  } as const
  const { id } = await requestPromotion(rig.app, rig.admin, ask)
  await answerPromotion(rig.app, bob, { project: rig.project, id, decision: 'approve', reason: '' })
  await rig.drainUntil(async () => (await rig.promotion(id)).state === 'succeeded')
  return id
}

/** Copies a promotion with its newest verdicts, a minute apart, until there are enough. */
async function repeat(url: string, id: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const ago = `n * interval '1 minute'`
  await client.query('set session_replication_role = replica')
  await client.query(`create temporary table original as
    select distinct on (gate) * from evaluation where promotion = '${id}' order by gate, at desc`)
  await client.query(`delete from evaluation where promotion = '${id}'`)
  await client.query(`insert into evaluation
    select id || '-' || n, promotion || '-' || n, release, environment, gate, definition, evidence, evidence_digest, outcome,
      verdict, at from original, generate_series(1, ${promotions}) as n`)
  await client.query(`insert into promotion (id, project, environment, release, class, state, reason, request_reason, requested_by,
      requested_at, expires_at, attempt, unmet, finished_at, version)
    select id || '-' || n, project, environment, release, class, state, reason, request_reason, requested_by,
      requested_at - ${ago}, expires_at, attempt, unmet, finished_at, version
    from promotion, generate_series(1, ${promotions}) as n where id = '${id}'`)
  await client.query('analyze')
  await client.end()
}

if (import.meta.main) console.log(tableText(await benchBacktest()))
