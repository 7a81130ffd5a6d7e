import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'
import { table } from '../table.ts'

type Backtest = Answer<'backtestPolicy'>

const shownFlips = 20

/** What changed gates would have done: the table against what really happened, gate by gate, then the decisive flips. */
export function backtestText(backtest: Backtest, look: Look): string {
  const { paint } = look
  const { promotions, judged, since, isWhole } = backtest
  const head = `${promotions} promotions since ${since.toISOString().slice(0, 10)}, ${judged} verdicts judged again`
  const part = isWhole ? [] : [paint('yellow', 'there were more than is judged at once: only the newest count here')]
  if (promotions === 0) return [head, ...part, 'nothing to compare with: give an earlier --since'].join('\n')
  return [
    head,
    ...part,
    '',
    outcomeTable(backtest, look),
    '',
    gateTable(backtest, look),
    ...flipLines(backtest, look),
  ].join('\n')
}

function outcomeTable({ stopped, passed }: Backtest, { paint }: Look): string {
  const row = (label: string, { healthy, failed, open }: Backtest['stopped']) => [
    label,
    String(healthy),
    String(failed),
    String(open),
  ]
  return table([
    ['', 'went well', 'failed', 'never deployed'].map((cell) => paint('dim', cell)),
    row('would have been stopped', stopped),
    row('would have passed', passed),
  ])
}

function gateTable({ gates }: Backtest, { paint }: Look): string {
  return table([
    ['environment', 'gate', 'judged', 'now pass', 'pass no more', 'no evidence'].map((cell) => paint('dim', cell)),
    ...gates.map(({ environment, id, judged, toPass, fromPass, unjudged }) => [
      environment,
      id,
      ...[judged, toPass, fromPass, unjudged].map(String),
    ]),
  ])
}

function flipLines({ flips, flipped }: Backtest, { paint, columns }: Look): string[] {
  const decisive = flips.filter((flip) => flip.decisive)
  if (decisive.length === 0)
    return ['', flipped === 0 ? 'no verdict changes' : 'no verdict changes that anything was decided on']
  const rows = decisive
    .slice(0, shownFlips)
    .map(({ at, environment, release, gate, was, would, fate, reason }) => [
      at.toISOString().slice(0, 16).replace('T', ' '),
      paint('bold', environment),
      release,
      gate,
      `${was} → ${paint(would === 'pass' ? 'green' : 'red', would)}`,
      fate === 'failed' ? paint('red', 'failed') : fate === 'healthy' ? 'went well' : 'never deployed',
      reason.split('\n', 1)[0] ?? '',
    ])
  const rest = flipped - rows.length
  const more = `and ${rest} more ${rest === 1 ? 'verdict that changes' : 'verdicts that change'}: see --json`
  return ['', table(rows, columns), ...(rest > 0 ? [paint('dim', more)] : [])]
}
