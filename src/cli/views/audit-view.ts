import type { Look } from '../look.ts'

type Audit =
  | { ok: true; size: number; root: string; checkpoints: number }
  | { ok: false; violates: 'integrity' | 'completeness' | 'consistency'; index: number; proven: number; reason: string }

/** Whether a log is what it was, and where it first is not. */
export function auditText(audit: Audit, { paint }: Look): string {
  if (audit.ok) {
    const counted = `${audit.size} entries under ${audit.checkpoints} signed checkpoint${audit.checkpoints === 1 ? '' : 's'}`
    return `${paint('green', '✓ the log is whole')}: ${counted}, root ${audit.root}`
  }
  const proven = audit.proven > 0 ? `\nthe first ${audit.proven} entries are proven` : ''
  return `${paint('red', `✗ the log fails at entry ${audit.index}`)} (${audit.violates}): ${audit.reason}${proven}`
}
