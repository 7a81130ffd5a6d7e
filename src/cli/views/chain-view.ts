import type { Digest } from '../../core/digest.ts'
import type { ChainVerdict } from '../../core/verify-chain.ts'
import type { Look } from '../look.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'

type Chain = ChainVerdict & {
  artifact: { name: string; digest: Digest }
  environment: string
  /** False when the keys came along with what they are to prove. */
  keysGiven: boolean
}

/** What was proven about a file, by whose key, and what was not looked at. */
export function chainText(chain: Chain, { paint }: Look): string {
  const { artifact, environment } = chain
  if (!chain.ok) {
    const [first = '', ...others] = chain.problems.map(printable)
    return [
      `${paint('red', `✗ ${printable(artifact.name)} is not proven`)}: ${first}`,
      ...others.map((one) => `  ${one}`),
    ].join('\n')
  }
  const { summary, earlier, provenances } = chain
  const { claims, key } = summary
  const facts = [
    [artifact.name.includes('@sha256:') ? 'image' : 'file', artifact.digest],
    ['release', `${claims.release} of ${claims.project}`],
    ['passed', `the gates of ${environment} at ${claims.verifiedAt}, says ${claims.verifier}`],
    ['policy', `${claims.policy.uri} ${claims.policy.digest}`],
    ['level', claims.levels.join(', ')],
    ...earlier.map(({ claims: before }) => ['before', `the gates of ${before.environment} at ${before.verifiedAt}`]),
    ...provenances.map(({ claims: { builder, source, invocation } }) => [
      'built',
      `from ${source.repository} ${source.commit}${source.branch === null ? '' : ` (${source.branch})`} by ${builder}, run ${invocation}`,
    ]),
    ...[...new Set([key, ...[...earlier, ...provenances].map((one) => one.key)])].map((one) => ['key', one]),
    ...unproven(chain, chain.others).map((one) => ['unproven', one]),
  ]
  const rows = facts.map(([label = '', text = '']) => [paint('dim', label), printable(text)])
  return `${paint('green', `✓ ${printable(artifact.name)} passed the gates of ${environment}`)}\n${table(rows)}`
}

/** What nobody should read into it. */
function unproven({ keysGiven, environment }: Chain, others: Digest[]): string[] {
  return [
    ...(keysGiven ? [] : ['that the keys are theirs: they came with the bundles; give yours with --keys']),
    ...others.map((one) => `what others have signed in ${one}: that it was checked is what the summary says`),
    `that ${environment} runs it now, and that nothing was revoked or put into quarantine since the export`,
    'what the gates saw: the log of that installation has it',
  ]
}
