import type { Answer } from '../answer.ts'
import { ago, atAGlance, short, type Look } from '../look.ts'
import { table } from '../table.ts'

type Status = Answer<'getStatus'>
type Environment = Status['environments'][number]
type Row = { digest: string; version: string; commit: string; age: string; failedIn: string[] }

/** Releases down, environments across, and below what needs someone. */
export function statusText(status: Status, look: Look): string {
  const { paint } = look
  if (status.environments.length === 0) {
    return `${paint('bold', status.project)} has no environments yet; write them in lockflight.yaml, then: lockflight apply`
  }
  const rows = rowsOf(status, look.now)
  const head = ['', '', '', ...status.environments.map(({ name }) => paint('bold', name))]
  const body = rows.map((row) => [
    paint('bold', row.version),
    paint('dim', short(row.commit)),
    paint('dim', row.age),
    ...status.environments.map((environment) => cell(environment, row, look)),
  ])
  const empty = `${status.environments.map(({ name }) => name).join(' → ')}: no release yet; build one with: lockflight run`
  const grid = rows.length > 0 ? table([head, ...body]) : empty
  const notes = [
    ...status.environments.flatMap((environment) => notesOn(environment, look)),
    ...status.quarantined.map((one) => quarantineNote(one, look)),
  ]
  return [paint('bold', status.project), '', grid, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** The newest releases, then older ones that still matter somewhere. */
function rowsOf({ releases, environments }: Status, now: Date): Row[] {
  const rows = releases.map(({ digest, version, commit, createdAt, failedIn }) => ({
    digest,
    version,
    commit,
    age: ago(createdAt, now),
    failedIn,
  }))
  const older = environments
    .flatMap(({ live, active, waiting, lastFailed }) => [live, active, ...waiting, lastFailed])
    .flatMap((other) =>
      other ? [{ digest: other.release, version: other.version, commit: '', age: '', failedIn: [] }] : [],
    )
  const seen = new Map([...older, ...rows].map((row) => [row.digest, row]))
  return [...new Set([...rows, ...older].map(({ digest }) => digest))].flatMap((digest) => seen.get(digest) ?? [])
}

function cell(environment: Environment, { digest: release, failedIn }: Row, { paint, now }: Look): string {
  const { name, live, active, waiting, lastFailed } = environment
  const waits = waiting.find((promotion) => promotion.release === release)
  const signs = [
    live?.release === release ? paint('green', `● live ${ago(live.since, now)}`) : '',
    active?.release === release ? paint('cyan', `◐ ${active.state}`) : '',
    waits ? paint('yellow', waits.unmet > 0 ? `◷ waits for ${waits.unmet}` : '◷ waiting') : '',
    lastFailed?.release === release || failedIn.includes(name) ? paint('red', '✗ failed') : '',
  ].filter((sign) => sign !== '')
  return signs.join(' ') || paint('dim', '·')
}

function inShadow(gates: string[]): string {
  return gates.length === 0 ? '' : ` (in shadow: ${gates.join(', ')})`
}

function quarantineNote({ version, reason, liveIn }: Status['quarantined'][number], { paint }: Look): string {
  const runs = liveIn.length > 0 ? paint('red', `, and runs in ${liveIn.join(' and ')}`) : ''
  return `${paint('bold', version)} ${paint('red', 'is in quarantine')}: ${reason}${runs}`
}

function notesOn(environment: Environment, { paint, now }: Look): string[] {
  const { name, hold, pin, live, waiting, lastFailed } = environment
  const at = paint('bold', name)
  return [
    ...(live?.url ? [`${at} answers at ${live.url}`] : []),
    ...(hold ? [`${at} ${paint('yellow', 'is held')} by ${hold.by}: ${hold.reason}`] : []),
    ...(pin ? [`${at} ${paint('yellow', 'stays on')} ${pin.version}, says ${pin.by}: ${pin.reason}`] : []),
    ...waiting.map(
      ({ id, version, shadows }) =>
        `${at} ${paint('yellow', 'waits')} for ${version}${inShadow(shadows)}: lockflight why ${id}`,
    ),
    ...(lastFailed
      ? [
          `${at} ${paint('red', 'failed')} with ${lastFailed.version} ${ago(lastFailed.finishedAt ?? now, now)} ago: ${atAGlance(lastFailed.reason, lastFailed.id)}`,
        ]
      : []),
  ]
}
