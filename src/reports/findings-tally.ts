import { digestOf } from '../core/digest.ts'
import { oneLine } from '../core/one-line.ts'
import type { Finding } from '../core/report.ts'
import { Contradiction } from './untrusted.ts'

const limit = 10_000
const keptCharacters = { rule: 200, where: 500, message: 500, reason: 300 }
const keptAliases = 50

/** One finding as a reader found it; `identity` is what stays the same of it from one release to the next. */
export interface RawFinding extends Omit<Finding, 'fingerprint'> {
  identity: readonly string[]
}

/** Gathers findings in bounded, printable form. More than 10 000 are refused: a gate judges by all of them, so none may be left out. */
export class FindingsTally {
  readonly findings: Finding[] = []
  readonly #seen = new Map<string, number>()

  /** One more; of several alike, each gets a fingerprint of its own. */
  add({ identity, rule, aliases, severity, where, message, suppressed, fixedIn }: RawFinding): void {
    if (this.findings.length === limit) {
      throw new Contradiction(`expected at most ${limit} findings, found more; report each part by itself`)
    }
    const same = JSON.stringify(identity)
    const times = this.#seen.get(same) ?? 0
    this.#seen.set(same, times + 1)
    this.findings.push({
      rule: oneLine(rule, keptCharacters.rule) || '(no rule)',
      aliases: [...new Set(aliases)]
        .filter((alias) => alias !== rule)
        .slice(0, keptAliases)
        .map((alias) => oneLine(alias, keptCharacters.rule)),
      severity,
      where: oneLine(where, keptCharacters.where),
      message: oneLine(message, keptCharacters.message),
      fingerprint: digestOf(JSON.stringify([...identity, times])).slice('sha256:'.length, 'sha256:'.length + 32),
      suppressed: suppressed === null ? null : oneLine(suppressed, keptCharacters.reason) || 'suppressed',
      fixedIn: fixedIn === null ? null : oneLine(fixedIn, keptCharacters.rule) || null,
    })
  }
}
