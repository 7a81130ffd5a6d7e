import type { Discrepancy } from '../../core/entry.ts'
import type { LogVerdict, Witnessed } from '../../core/verify-log.ts'
import type { Look } from '../look.ts'

interface Whole {
  size: number
  root: string
  checkpoints: number
  witnesses: Witnessed[]
}
type Audit =
  | ({ ok: true } & Whole)
  | ({ ok: false; violates: 'records'; discrepancies: Discrepancy[] } & Whole)
  | { ok: false; violates: Violation; index: number; proven: number; reason: string }
type Violation = Extract<LogVerdict, { ok: false }>['violates']

/** Whether a log is what it was, and where it first is not; and which records are not what it says. */
export function auditText(audit: Audit, look: Look): string {
  const { paint } = look
  if (audit.ok) {
    return [`${paint('green', '✓ the log is whole')}: ${counted(audit)}`, ...audit.witnesses.map(witnessedText)].join(
      '\n',
    )
  }
  if (audit.violates === 'records') {
    const { discrepancies } = audit
    const what =
      discrepancies.length === 1
        ? 'a record is not what it says'
        : `${discrepancies.length} records are not what it says`
    const head = `${paint('red', `✗ the log is whole, but ${what}`)}: ${counted(audit)}`
    return [head, ...discrepancies.map(discrepancyText)].join('\n')
  }
  const proven = audit.proven > 0 ? `\nthe first ${audit.proven} entries are proven` : ''
  return `${paint('red', `✗ the log fails at entry ${audit.index}`)} (${audit.violates}): ${audit.reason}${proven}`
}

/** What a witness has said. */
export function witnessedText({ name, size, time }: Witnessed): string {
  return `cosigned by the witness ${name}: ${size} entries, at ${new Date(time * 1000).toISOString()}`
}

function counted({ size, root, checkpoints }: Whole): string {
  return `${size} entries under ${checkpoints} signed checkpoint${checkpoints === 1 ? '' : 's'}, root ${root}`
}

/** Of two lists of facts only those that differ. */
function discrepancyText({ kind, subject, recorded, logged }: Discrepancy): string {
  const [here, there] = isRecord(recorded) && isRecord(logged) ? differing(recorded, logged) : [recorded, logged]
  return `  ${kind} ${subject}\n    recorded  ${factsText(here)}\n    logged    ${factsText(there)}`
}

type Facts = Record<string, unknown>

function differing(one: Facts, other: Facts): [Facts, Facts] {
  const differs = (name: string) => JSON.stringify(one[name]) !== JSON.stringify(other[name])
  const only = (facts: Facts) => Object.fromEntries(Object.entries(facts).filter(([name]) => differs(name)))
  return [only(one), only(other)]
}

function isRecord(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function factsText(facts: unknown): string {
  return facts === null || facts === undefined ? 'nothing' : JSON.stringify(facts)
}
