import { verifyLog } from '../../src/core/verify-log.ts'
import { readVkey } from '../../src/core/note.ts'
import type { LoggedEntry } from '../../src/core/entry.ts'
import type { Evidence, TargetLine } from './evidence.ts'
import { lostWakes } from './lost-wakes.ts'
import type { History } from './workload.ts'

/** One promise that was not kept. */
export interface Violation {
  invariant: string
  what: string
}

/** Compares what clients were told, what targets wrote, and what the database holds, and lists every invariant that is broken. */
export async function check(evidence: Evidence, history: History): Promise<Violation[]> {
  const found: Violation[] = []
  const expect = (invariant: string, holds: boolean, what: () => string) => {
    if (!holds) found.push({ invariant, what: what() })
  }
  const { entries, rows, targets } = evidence
  const ofType = (type: string) => entries.filter((entry) => entry.type === type)
  const started = groupBy(ofType('deploy.started'), attemptOf)
  const completed = groupBy(ofType('deploy.completed'), attemptOf)

  for (const [attempt, events] of started) {
    expect('I01', events.length === 1, () => `deploy.started ${events.length} times for ${attempt}`)
    const ends = completed.get(attempt)?.length ?? 0
    expect('I02', ends === 1, () => `${ends} deploy.completed for ${attempt}`)
  }
  for (const attempt of completed.keys()) expect('I02', started.has(attempt), () => `${attempt} ended without a start`)
  for (const [environment, lines] of targets) checkTarget(environment, lines, started, expect)

  const terminal = new Set([
    'deploy.completed',
    'promotion.rejected',
    'promotion.cancelled',
    'promotion.superseded',
    'promotion.expired',
  ])
  for (const { id } of rows.promotions) {
    const story = entries.filter(({ subject }) => subject === id).map(({ type }) => type)
    expect('I03', story[0] === 'promotion.requested', () => `promotion ${id} begins with ${story[0]}`)
    const end = story.findIndex((type) => terminal.has(type))
    const after = end < 0 ? [] : story.slice(end + 1).filter((type) => type !== 'rollback.executed')
    expect('I03', after.length === 0, () => `promotion ${id} goes on after its end: ${story.join(', ')}`)
  }
  for (const [attempt, [event]] of started) {
    const verdicts = (event?.data['verdicts'] ?? []) as { gate: string; outcome: string }[]
    expect(
      'I05',
      verdicts.every(({ outcome }) => outcome === 'pass'),
      () => `${attempt} started on ${JSON.stringify(verdicts)}`,
    )
    const isOrdinaryProd = event?.environment === 'prod' && event.data['class'] !== 'rollback'
    const names = verdicts.map(({ gate }) => gate)
    expect(
      'I05',
      !isOrdinaryProd || ['upstream', 'provenance', 'approval'].every((gate) => names.includes(gate)),
      () => `${attempt} started without all gates: ${names.join(', ')}`,
    )
    if (!isOrdinaryProd) continue
    const promotion = rows.promotions.find(({ id }) => id === event.subject)
    const approvers = rows.approvals.filter((approval) => approval.promotion === event.subject).map(({ by }) => by)
    expect(
      'I06',
      approvers.some((by) => by !== promotion?.requested_by),
      () => `${attempt} started without a foreign approval`,
    )
  }
  const approvals = rows.approvals.map(({ promotion, by }) => `${promotion} ${by}`)
  expect('I06', new Set(approvals).size === approvals.length, () => 'someone approved one promotion twice')

  for (const line of [...targets.values()].flat()) {
    const release = rows.artifacts.find(({ digest }) => digest === line.release)
    const built = release?.artifacts[0]?.digest
    expect(
      'I07',
      built === line.digest,
      () => `the target got ${line.digest} for ${line.release}, whose artifact is ${built}`,
    )
  }
  checkEntries(evidence, expect)
  await checkTree(evidence, history, expect)
  checkAcknowledged(evidence, history, expect)
  checkSubscriber(evidence, history, expect)
  for (const what of lostWakes(rows)) expect('I12', false, () => what)
  for (const { act, error } of history.surprises)
    expect('clients', false, () => `${act} met what is no refusal: ${error}`)
  const stuck = [
    ...rows.runs.filter(({ state }) => state === 'running' || state === 'queued'),
    ...rows.promotions.filter(({ state }) => state === 'deploying' || state === 'verifying'),
  ]
  expect('I12', stuck.length === 0, () => `still running: ${JSON.stringify(stuck)}`)
  expect('I12', rows.unfinishedJobs === 0, () => `${rows.unfinishedJobs} jobs of finished runs are not finished`)
  return found
}

type Expect = (invariant: string, holds: boolean, what: () => string) => void

/** What the target saw: nothing twice, nothing at the same time, and fences that only grow. */
function checkTarget(
  environment: string,
  lines: TargetLine[],
  started: Map<string, LoggedEntry[]>,
  expect: Expect,
): void {
  const begun = lines.filter(({ event }) => event === 'begun')
  for (const [execution, times] of groupBy(
    begun,
    ({ promotion, attempt, phase }) => `${promotion}/${attempt}/${phase}`,
  )) {
    expect('I01', times.length === 1, () => `${environment} executed ${execution} ${times.length} times`)
  }
  for (const { promotion, attempt, fence } of begun) {
    const [event] = started.get(`${promotion}/${attempt}`) ?? []
    expect('I01', event !== undefined, () => `${environment} executed ${promotion}, which never started`)
    expect('I04', event?.data['fence'] === fence, () => `${environment} got fence ${fence} for ${promotion}`)
  }
  const fences = begun.map(({ fence }) => fence)
  const grow = fences.every((fence, index) => index === 0 || fence > (fences[index - 1] ?? 0))
  expect('I04', grow, () => `fences of ${environment} do not grow: ${fences.join(', ')}`)
  for (const [index, line] of begun.entries()) {
    const end = lines.find(({ event, promotion }) => event === 'done' && promotion === line.promotion)
    const next = begun[index + 1]
    expect(
      'I04',
      !end || !next || end.at <= next.at,
      () => `${environment}: ${next?.promotion} began while ${line.promotion} was running`,
    )
  }
}

function checkEntries({ entries, unsequenced, rows }: Evidence, expect: Expect): void {
  const gap = entries.findIndex(({ index }, place) => index !== place)
  expect('I08', gap < 0, () => `the log has no entry ${gap}`)
  expect('I08', unsequenced === 0, () => `${unsequenced} entries have no place`)
  expect('I08', new Set(entries.map(({ id }) => id)).size === entries.length, () => 'an entry is there twice')
  const said = (type: string) => entries.filter((entry) => entry.type === type)
  const requested = groupBy(said('promotion.requested'), ({ subject }) => subject)
  for (const { id } of rows.promotions) {
    expect(
      'I08',
      requested.get(id)?.length === 1,
      () => `promotion ${id} was logged ${requested.get(id)?.length ?? 0} times`,
    )
  }
  expect('I08', requested.size === rows.promotions.length, () => 'the log knows promotions that the tables do not')
  const queued = groupBy(said('run.queued'), ({ subject }) => subject)
  for (const { id } of rows.runs) expect('I08', queued.get(id)?.length === 1, () => `run ${id} was not logged once`)
  const granted = new Set(said('approval.granted').map(({ data }) => data['approval']))
  for (const { id } of rows.approvals) expect('I08', granted.has(id), () => `approval ${id} is not in the log`)
}

async function checkTree(
  { entries, checkpoints, vkey, witnessed, alarms }: Evidence,
  history: History,
  expect: Expect,
): Promise<void> {
  const key = readVkey(vkey)
  if (!key) return expect('I09', false, () => `the server's log key is none: ${vkey}`)
  const verdict = await verifyLog({
    entries: (async function* () {
      for (const { index, body, leaf } of entries) yield { index, body, leaf }
    })(),
    checkpoints: (async function* () {
      yield* checkpoints
    })(),
    held: [...history.checkpoints, witnessed],
    key,
  })
  expect('I09', verdict.ok, () => JSON.stringify(verdict))
  for (const alarm of alarms) expect('I09', false, () => alarm)
}

/** Whatever was acknowledged is there, once. */
function checkAcknowledged({ rows }: Evidence, { runs, promotions, approvals }: History, expect: Expect): void {
  const kinds = {
    run: [runs, rows.runs],
    promotion: [promotions, rows.promotions],
    approval: [[...new Set(approvals)], rows.approvals],
  } as const
  for (const [kind, [acknowledged, kept]] of Object.entries(kinds)) {
    const ids = new Set(kept.map(({ id }) => id))
    for (const id of acknowledged) expect('I10', ids.has(id), () => `${kind} ${id} was acknowledged and is gone`)
    expect(
      'I10',
      kind === 'approval' || new Set(acknowledged).size === acknowledged.length,
      () => `a ${kind} was acknowledged twice`,
    )
  }
}

/** The subscriber got every event, in order, and what it got is what the log holds. */
function checkSubscriber({ entries }: Evidence, { events }: History, expect: Expect): void {
  const places = events.map(({ logindex }) => logindex)
  const gap = places.findIndex((place, index) => place !== index)
  expect('I11', gap < 0, () => `the subscriber got ${places[gap]} where ${gap} was expected`)
  for (const { logindex, id, type } of events) {
    const entry = entries[logindex]
    expect('I11', entry?.id === id && entry.type === type, () => `event ${logindex} is not the entry ${logindex}`)
  }
}

function attemptOf({ data }: LoggedEntry): string {
  return `${String(data['promotion'])}/${String(data['attempt'])}`
}

function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, keyOf)
}
