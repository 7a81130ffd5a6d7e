import { oneLine } from '../../core/one-line.ts'
import type { Witnessed } from '../../core/verify-log.ts'
import type { Look } from '../look.ts'
import { witnessedText } from './audit-view.ts'
import { printableDeep } from '../printable.ts'

/** What was written where, and how to check it. */
export function writtenText({ file, size, entries }: { file: string; size: number; entries: number }): string {
  const what = `${entries} ${entries === 1 ? 'entry' : 'entries'} of the log, proven under its checkpoint of size ${size}`
  return `wrote ${file}: ${what}; check it with: lockflight audit verify-proof ${file}`
}

interface Proven {
  promotion: string
  vkey: string
  keyGiven: boolean
  checkpoint: { origin: string; size: number; root: string }
  witnesses: Witnessed[]
  entries: { index: number; at: string; type: string; actor: string; data: Record<string, unknown> }[]
}

/** What a proof proves, and by whose word. */
export function provenText(proven: Proven, { paint }: Look): string {
  const { promotion, vkey, keyGiven, checkpoint, witnesses, entries } = printableDeep(proven)
  const { origin, size, root } = checkpoint
  return [
    `${paint('green', '✓ proven')}: the log of ${origin} says this of promotion ${promotion}`,
    ...entries.map(({ index, at, type, actor, data }) => `  ${index}  ${at}  ${actor}  ${type}${toldBy(data)}`),
    `under its signed checkpoint of ${size} entries, root ${root}`,
    keyGiven
      ? 'signed with the key you gave'
      : `signed with the key in the file: compare it with one you got another way\n  ${vkey}`,
    ...witnesses.map(witnessedText),
  ].join('\n')
}

/** Which gate it was, or how it ended, and why. */
function toldBy({ gate, outcome, reason }: Record<string, unknown>): string {
  const [what, why] = [gate ?? outcome, reason].map((said) => (typeof said === 'string' ? oneLine(said, 120) : ''))
  return [what ? ` ${what}` : '', why ? `: ${why}` : ''].join('')
}
