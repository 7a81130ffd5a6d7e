import type { Actor } from '../core/actor.ts'
import { difference, type Change } from '../core/difference.ts'
import { digestOfJson, type Digest } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Proposal } from '../core/revision.ts'
import type { FileTexts } from '../core/slo-files.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { registerRevision } from './register-revision.ts'
import { voidedApprovals, type VoidedApprovals } from './voided-approvals.ts'

/** What someone who applies a configuration gives. */
export interface ApplyInput {
  project: string
  /** The whole lockflight.yaml. */
  text: string
  /** How problems name it. */
  file: string
  /** The texts of the files that gates name by `slo-file`; they become part of the revision. */
  files?: FileTexts
  dryRun: boolean
}

/** What became of a configuration that was given. */
export interface Applied {
  changed: boolean
  number: number
  digest: Digest
  difference: Change[]
  /** What has to be approved anew. */
  voided: VoidedApprovals[]
  /** `proposed`: the policy in force asks for a second person, who has not spoken yet. */
  state: 'unchanged' | 'preview' | 'proposed' | 'applied'
  /** From when it is in force; null where nobody can tell yet. */
  inForceAt: Date | null
}

/** Registers a configuration as the project's policy from now on, or proposes it where the policy in force wants two people; every waiting promotion is judged again by it. */
export async function applyRevision(
  app: App,
  actor: Actor,
  { project, text, file, files = {}, dryRun }: ApplyInput,
): Promise<Applied> {
  const mayEdit = (tx: Transaction) => demand(app, tx, actor, 'policy.edit', { project, environment: null })
  // Before anything is read for them: a file can be made to take long.
  await app.store.read(mayEdit)
  const configuration = app.readConfiguration(text, file, files)
  if (configuration.project !== project) {
    throw new Refusal('invalid', `${file}: expected project ${project}, found ${configuration.project}`)
  }
  return app.store.transaction(async (tx) => {
    await mayEdit(tx)
    const before = await tx.revisions.find(project)
    const digest = digestOfJson(configuration)
    const changed = before?.digest !== digest
    const told = {
      changed,
      number: (before?.number ?? 0) + (changed ? 1 : 0),
      digest,
      difference: difference(before?.configuration ?? {}, configuration),
      voided: before && changed ? await voidedApprovals(tx, before.configuration, configuration) : [],
    }
    if (!changed) return { ...told, state: 'unchanged', inForceAt: before?.appliedAt ?? null }
    if (dryRun) return { ...told, state: 'preview', inForceAt: null }

    const rules = before && (await tx.revisions.current(project)).configuration['policy-changes']
    if (before && rules?.['second-person']) {
      await propose(tx, { project, digest, configuration, replaces: before.digest, by: actor.id, at: tx.now })
      return { ...told, state: 'proposed', inForceAt: null }
    }
    const { appliedAt } = await registerRevision(tx, { configuration, by: actor.id, confirmedBy: null })
    return { ...told, state: 'applied', inForceAt: appliedAt }
  })
}

async function propose(tx: Transaction, proposal: Proposal): Promise<void> {
  const { project, digest, replaces, by } = proposal
  await tx.revisions.propose(proposal)
  await tx.log({ type: 'revision.proposed', actor: by, project, subject: digest, data: { digest, replaces } })
}
