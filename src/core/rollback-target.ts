import type { Deployment } from './deployment.ts'
import type { Digest } from './digest.ts'
import { goesBack } from './promotion.ts'

/**
 * The release to go back to when nobody names one, from the deployments of an environment, newest first: the newest that
 * was healthy there and is not the one to get away from. What a rollback has put away is never gone back to, so a second
 * rollback goes further back and not forth again. Null when there is none.
 * `barred` are those that may not run.
 */
export function rollbackTarget(
  deployments: Pick<Deployment, 'release' | 'class' | 'outcome'>[],
  barred: Digest[] = [],
): Digest | null {
  const [newest] = deployments
  const healthy = deployments
    .filter(({ outcome }) => outcome === 'succeeded')
    .toReversed()
    .reduce<Digest[]>((line, { release, class: kind }) => {
      const back = goesBack(kind) ? line.lastIndexOf(release) : -1
      return back < 0 ? [...line, release] : line.slice(0, back + 1)
    }, [])
  // A rollback that did not come to its end is tried once more, and so is the way back of a drill.
  const isBack = newest?.class === 'rollback' || (newest?.class === 'drill' && healthy.includes(newest.release))
  const unfinished = isBack && newest?.outcome !== 'succeeded'
  const leave = unfinished ? healthy.at(-1) : newest?.release
  return healthy.findLast((release) => release !== leave && !barred.includes(release)) ?? null
}
