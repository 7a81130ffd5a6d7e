import { pathMatcher } from '../../core/facts.ts'
import { oneLine } from '../../core/one-line.ts'

/** One path that was looked at; what stands for its value on either side, null where it is missing. */
interface Compared {
  path: string
  here: string | null
  there: string | null
}

/** A drift that someone answers for, for a time. */
interface Accepted {
  path: string
  owner: string
  reason: string
  /** A date; the drift is accepted through that day, in UTC. */
  until: string
}

/** What differs, and who has accepted it. */
export interface Difference extends Compared {
  /** Null when nobody did; otherwise one in force if there is one, else one that is over. */
  accepted: { by: Accepted; inForce: boolean } | null
}

/** Prefix of what stands for a value that is not shown. */
export const hidden = 'hidden:'

/** The paths that one of the patterns means and whose values differ; a value that is missing on one side differs. */
export function differences(
  compared: Compared[],
  patterns: string[],
  { accepted, inForce }: { accepted: Accepted[]; inForce: (each: Accepted) => boolean },
): Difference[] {
  const matters = pathMatcher(patterns)
  const acceptances = accepted.map((by) => ({ by, means: pathMatcher([by.path]) }))
  return compared
    .filter(({ path, here, there }) => here !== there && matters(path))
    .map((each) => {
      const fitting = acceptances.filter(({ means }) => means(each.path)).map(({ by }) => by)
      const by = fitting.find(inForce) ?? fitting[0]
      return { ...each, accepted: by ? { by, inForce: inForce(by) } : null }
    })
}

/** `config.database.version: "15" here, "16" there`. */
export function inWords({ path, here, there }: Compared): string {
  if (here?.startsWith(hidden) && there?.startsWith(hidden)) return `${path}: not the same (values not shown)`
  return `${path}: ${shown(here)} here, ${shown(there)} there`
}

function shown(text: string | null): string {
  if (text === null) return 'missing'
  return text.startsWith(hidden) ? '(not shown)' : oneLine(text, 100)
}
