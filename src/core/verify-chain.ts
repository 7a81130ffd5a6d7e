import type { Statement, TrustedKey } from './attestation.ts'
import { digestOfJson, type Digest } from './digest.ts'
import { provenanceType, readProvenance, type ProvenanceClaims } from './provenance.ts'
import {
  checkVerificationSummary,
  readVerificationSummary,
  summaryType,
  type SummaryClaims,
} from './verification-summary.ts'
import type { BundleVerifier } from './verify-bundle.ts'

/** Bytes in somebody's hands, and everything that may speak for them. */
export interface ChainQuestion {
  artifact: { name: string; digest: Digest }
  environment: string
  project: string
  /** The `verifier.id` whose word counts; any whose key is here when absent. */
  verifier?: string | undefined
  /** Read from JSON, in any order; what is about something else does no harm. */
  bundles: unknown[]
  keys: TrustedKey[]
  /** When these came in nobody here knows, so a key that was revoked counts for nothing. */
  verify: BundleVerifier
}

/** A statement whose signature was checked. */
interface Signed<Claims> {
  /** Of the bundle. */
  attestation: Digest
  key: string
  claims: Claims
}

/** Everything from the bytes back to their source, each link signed; or why there is no such chain. */
export type ChainVerdict =
  | {
      ok: true
      summary: Signed<SummaryClaims>
      /** Of environments that came before, as far back as the summaries say. */
      earlier: Signed<SummaryClaims>[]
      provenances: Signed<ProvenanceClaims>[]
      /** What others have signed, which these keys cannot check: who signed the summaries says that they did. */
      others: Digest[]
    }
  | { ok: false; problems: string[] }

/** Looks for a signed summary of that environment about exactly these bytes, and follows what it rests on back to the build. Pure and offline; the newest that holds counts. */
export function verifyChain(question: ChainQuestion): ChainVerdict {
  const opened = new Map(question.bundles.map((bundle) => [digestOfJson(bundle), openBundle(bundle, question)]))
  const problems: string[] = []
  for (const summary of summariesIn(opened)) {
    const wrong = problemsOf(summary, question)
    const links = wrong.length === 0 ? follow(summary, opened, question) : { problems: wrong }
    if ('earlier' in links) return { ok: true, summary, ...links }
    problems.push(...links.problems.map((problem) => `${summary.attestation}: ${problem}`))
  }
  const unread = [...opened].flatMap(([name, one]) => ('problem' in one ? [`${name}: ${one.problem}`] : []))
  const none = `nothing says that ${question.artifact.digest} passed the gates of ${question.environment} in ${question.project}`
  return { ok: false, problems: [none, ...problems, ...unread] }
}

type Opened = { statement: Statement; key: string } | { problem: string; isForeign: boolean }
type OpenedBundles = Map<Digest, Opened>

function openBundle(bundle: unknown, { keys, verify }: ChainQuestion): Opened {
  const result = verify(bundle, keys, null)
  if (result.verified) return result
  const isForeign = result.reason === 'signature.key-unknown' || result.reason === 'bundle.malformed'
  return { problem: `${result.reason}: ${result.message}`, isForeign }
}

/** Newest first. */
function summariesIn(opened: OpenedBundles): Signed<SummaryClaims>[] {
  return [...opened]
    .flatMap(([attestation, one]) => {
      const read = 'statement' in one ? readVerificationSummary(one.statement) : null
      return read && 'claims' in read && 'key' in one ? [{ attestation, key: one.key, claims: read.claims }] : []
    })
    .toSorted((one, other) => Date.parse(other.claims.verifiedAt) - Date.parse(one.claims.verifiedAt))
}

function problemsOf(
  { claims }: Signed<SummaryClaims>,
  { artifact, environment, project, verifier }: ChainQuestion,
): string[] {
  const expected = { artifacts: [artifact], environment, project, ...(verifier && { verifiers: [verifier] }) }
  return checkVerificationSummary(claims, expected).map(problemText)
}

type Links =
  | { earlier: Signed<SummaryClaims>[]; provenances: Signed<ProvenanceClaims>[]; others: Digest[] }
  | { problems: string[] }

/** Names are digests of contents, so nothing can lead back to itself. */
function follow(summary: Signed<SummaryClaims>, opened: OpenedBundles, { artifact }: ChainQuestion): Links {
  const earlier = new Map<Digest, Signed<SummaryClaims>>()
  const provenances = new Map<Digest, Signed<ProvenanceClaims>>()
  const others = new Set<Digest>()
  const problems: string[] = []
  const rest = [...summary.claims.inputs]
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (earlier.has(name) || provenances.has(name)) continue
    const input = inputOf(opened.get(name), summary, artifact)
    if ('problem' in input) {
      if (input.isForeign) others.add(name)
      else problems.push(`rests on ${name}, but ${input.problem}`)
    } else if ('provenance' in input) {
      provenances.set(name, { attestation: name, key: input.key, claims: input.provenance })
    } else {
      earlier.set(name, { attestation: name, key: input.key, claims: input.summary })
      rest.push(...input.summary.inputs)
    }
  }
  if (problems.length > 0) return { problems: [...new Set(problems)] }
  if (provenances.size + others.size === 0) return { problems: ['rests on no provenance'] }
  return { earlier: [...earlier.values()], provenances: [...provenances.values()], others: [...others] }
}

type Input =
  | { problem: string; isForeign?: boolean }
  | { key: string; provenance: ProvenanceClaims }
  | { key: string; summary: SummaryClaims }

function inputOf(
  found: Opened | undefined,
  { claims }: Signed<SummaryClaims>,
  artifact: ChainQuestion['artifact'],
): Input {
  if (!found) return { problem: 'that is not here' }
  if ('problem' in found) return found
  const { statement, key } = found
  switch (statement.predicateType) {
    case summaryType: {
      const read = readVerificationSummary(statement)
      if ('problem' in read) return { problem: problemText(read.problem) }
      const { environment } = read.claims
      const { project, release, verifier } = claims
      const expected = { artifacts: [artifact], environment, project, release, verifiers: [verifier] }
      const [problem] = checkVerificationSummary(read.claims, expected)
      return problem ? { problem: problemText(problem) } : { key, summary: read.claims }
    }
    case provenanceType: {
      const read = readProvenance(statement)
      if ('problem' in read) return { problem: problemText(read.problem) }
      const { subjects } = read.claims
      if (subjects.includes(artifact.digest)) return { key, provenance: read.claims }
      return { problem: `that is a provenance of ${subjects.join(', ')}` }
    }
    default:
      return { problem: `that is neither a summary nor a provenance: ${statement.predicateType}` }
  }
}

function problemText({ reason, expected, observed }: { reason: string; expected: string; observed: string }): string {
  return `${reason}: expected ${expected}, found ${observed}`
}
