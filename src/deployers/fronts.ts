import type { Target } from '../core/deployer.ts'
import { Refusal } from '../core/refusal.ts'
import type { ShiftRequest, Weights } from '../core/router.ts'
import { overtakenBy, readClaims } from './claim.ts'
import { readProcessState, readShare, readWeights, writeShare } from './process-state.ts'
import { attemptName, targetFolder } from './target.ts'

/** Divides traffic between the live and the started release of the `process` deployer. */
export interface Fronts {
  /** In force when it returns. Refuses with `conflict` when a later phase or step or a newer deployment was there. */
  shift(request: ShiftRequest, weights: Weights): Promise<void>
  read(target: Target): Promise<Weights>
}

/** The fronts of all targets below the deployers' folder. */
export function createFronts({ folder }: { folder: string }): Fronts {
  return {
    async shift(request, { candidate: percent }) {
      const target = targetFolder(folder, request)
      const by = overtakenBy(await readClaims(target), { ...request, phase: 'start' })
      if (by) {
        throw new Refusal(
          'conflict',
          `traffic of ${request.project}/${request.environment} belongs to fence ${by.fence} (${by.phase}); fence ${request.fence} may not shift it`,
          { reason: 'fence_old' },
        )
      }
      const name = attemptName(request)
      const { candidate } = await readProcessState(target)
      if (candidate?.name !== name && percent > 0) {
        throw new Refusal(
          'conflict',
          `${request.project}/${request.environment} has no started release of this attempt to send traffic to`,
        )
      }
      const seen = await readShare(target)
      if (seen?.candidate === name && (seen.step ?? 0) > request.step) {
        throw new Refusal(
          'conflict',
          `traffic of ${request.project}/${request.environment} has come to step ${seen.step}; step ${request.step} comes too late`,
          { reason: 'step_old' },
        )
      }
      await writeShare(target, { candidate: name, percent, step: request.step })
    },
    read: async (target) => readWeights(targetFolder(folder, target)),
  }
}
