import { branchOf, type BuildClaims } from './build-claims.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './release.ts'

/** Where a release that others have built comes from: as somebody says who brings it, or as its provenances say. */
export interface SaidSource {
  repository?: string
  commit?: string
  branch?: string
}

/** The one source that all of them name; refuses with `unprocessable` when they contradict each other, or nobody says. Whether the provenances are true is for gates to say. */
export function importedSource(said: SaidSource, provenances: BuildClaims[]): Source {
  const repository = agreed(
    'repository',
    said,
    provenances.map((each) => each.repository),
  )
  const commit = agreed(
    'commit',
    said,
    provenances.map((each) => each.commit),
  )
  const branches = provenances.flatMap(({ ref }) => (ref === null ? [] : [branchOf(ref) ?? noBranch]))
  const branch = agreed('branch', said, branches)
  if (repository === null || commit === null) {
    const missing = repository === null ? '--repository' : '--commit'
    throw refused(`expected ${missing}, as no provenance says where the release comes from`)
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]*@/i.test(repository)) {
    throw refused('expected a repository without credentials in its address')
  }
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw refused(`expected a full commit id, found ${commit}`)
  }
  return { repository, commit, branch: branch === noBranch ? null : branch }
}

/** What a provenance of a tag says about branches; no branch can have this name. */
const noBranch = 'no branch'

function agreed(name: keyof SaidSource, said: SaidSource, claimed: (string | null)[]): string | null {
  const claims = claimed.filter((each) => each !== null)
  const [first = null, ...others] = [...(said[name] === undefined ? [] : [said[name]]), ...claims]
  const other = others.find((each) => each !== first)
  if (other === undefined) return first
  const who = said[name] === undefined ? 'one provenance says' : 'you say'
  throw refused(`${who} ${name} ${first}, a provenance says ${other}`)
}

function refused(message: string): Refusal {
  return new Refusal('unprocessable', message, { reason: 'provenance.source' })
}
