import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { EvaluationQuery, Verdict } from '../core/gate.ts'
import { beforeOf, pageOf, type Page } from '../core/page.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { versionsIn, withVersions } from './versions-in.ts'

/** Which verdicts to list; what is absent does not narrow. */
export interface ListVerdictsInput extends Omit<EvaluationQuery, 'release' | 'before'> {
  /** A digest, a prefix of one, or a version. */
  release?: string
  cursor?: string
}

/** One verdict as a list shows it, without the evidence. */
export interface ListedVerdict extends Pick<Verdict, 'outcome' | 'reason' | 'expected' | 'observed' | 'links'> {
  id: string
  promotion: string
  environment: string
  release: Digest
  releaseVersion: string
  gate: string
  use: string
  /** Said while it ran in shadow, where it stops nothing. */
  shadow: boolean
  definition: Digest
  evidence: Digest | null
  at: Date
}

/** What gates said, newest first. */
export async function listVerdicts(
  app: App,
  actor: Actor,
  { release, cursor, ...query }: ListVerdictsInput,
): Promise<Page<ListedVerdict>> {
  const { project, limit } = query
  const rows = await readProject(app, actor, project, async (tx) => {
    const found = await tx.evaluations.list({
      ...query,
      limit: limit + 1,
      ...(release && { release: (await tx.releases.find(project, release)).digest }),
      ...(cursor && { before: beforeOf(cursor) }),
    })
    return withVersions(found, versionsIn(tx, project))
  })
  const { items, next } = pageOf(rows, limit, ({ at, id }) => ({ at, id }))
  return {
    next,
    items: items.map(({ gate, verdict: { outcome, reason, expected, observed, links }, evidenceDigest, ...row }) => ({
      id: row.id,
      promotion: row.promotion,
      environment: row.environment,
      release: row.release,
      releaseVersion: row.releaseVersion,
      gate: gate.id,
      use: gate.use,
      shadow: gate.shadow ?? false,
      definition: gate.digest,
      evidence: evidenceDigest,
      outcome,
      reason,
      expected,
      observed,
      links,
      at: row.at,
    })),
  }
}
