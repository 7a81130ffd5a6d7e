import type { Phase } from '../core/deployer.ts'
import { phasesBegun, rolloutPlan } from '../core/rollout.ts'
import type { App } from './app.ts'
import { outputOf, type AtWork } from './deployment-at-work.ts'

/** How much of what one phase prints is kept; the rest stays in the files of the target. */
const limitBytes = 1024 * 1024

/** Adds to a deployment's log what its phases have printed since the last time: each byte once, whichever worker comes by. */
export async function storeOutput(app: App, work: AtWork): Promise<void> {
  const { definition, deployment } = work
  const phases = phasesBegun(rolloutPlan(definition.rollout, deployment), deployment.rollout)
  for (const phase of new Set(phases)) await storePhase(app, work, phase)
}

async function storePhase(app: App, work: AtWork, phase: Phase): Promise<void> {
  let from = work.deployment.rollout.printed?.[phase] ?? 0
  while (from < limitBytes) {
    const part = await outputOf(app, work, phase, from)
    if (!part || part.next === from) return
    if (!(await storePart(app, work, { phase, from, ...part }))) return
    from = part.next
  }
}

/** False when another worker has stored it meanwhile. */
async function storePart(
  app: App,
  { promotion: { id }, deployment: { attempt } }: AtWork,
  { phase, from, text, next }: { phase: Phase; from: number; text: string; next: number },
): Promise<boolean> {
  return app.store.transaction(async (tx) => {
    await tx.promotions.lock(id)
    const deployment = await tx.deployments.get(id, attempt)
    const { rollout } = deployment
    if ((rollout.printed?.[phase] ?? 0) !== from) return false
    const full =
      next >= limitBytes ? [`\n… more than ${limitBytes >> 20} MiB: the rest is only in the files of the target\n`] : []
    await tx.logText.append(
      `deployment/${id}/${attempt}`,
      [text, ...full].map((piece) => ({ at: tx.now, text: piece })),
    )
    await tx.deployments.save({
      ...deployment,
      rollout: { ...rollout, printed: { ...rollout.printed, [phase]: next } },
    })
    return true
  })
}
