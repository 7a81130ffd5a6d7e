import { severities, type Severity } from '../core/report.ts'

/** The words that scanners use for their severities. */
const words: Record<string, Severity> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
  negligible: 'info',
  info: 'info',
  informational: 'info',
  none: 'info',
}

/** A severity as a scanner spells it, in whatever case; `unknown` when it is no word for one. */
export function severityOf(word: string | undefined): Severity {
  const key = word?.toLowerCase() ?? ''
  return Object.hasOwn(words, key) ? words[key]! : 'unknown'
}

/** The rating of a CVSS base score (CVSS 3.1, section 5); `unknown` for what is no score. */
export function severityOfScore(score: number | undefined): Severity {
  if (score === undefined || !(score >= 0 && score <= 10)) return 'unknown'
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'info'
}

/** The worst of several; `unknown` only when nothing else is known. */
export function worst(ratings: Severity[]): Severity {
  return severities.find((severity) => ratings.includes(severity)) ?? 'unknown'
}
