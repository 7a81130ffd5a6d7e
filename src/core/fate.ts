import type { Deployment } from './deployment.ts'
import { releaseLeft } from './dora.ts'

/** What came of a deployment: `failed` by the rule of the change fail rate (dora.dev), that is by itself, because a rollback or hotfix had to follow, or because a rollback left the release it brought. */
export type Fate = 'healthy' | 'failed' | 'running'

/** The fate of each promotion of one environment, from its deployments, oldest first; drills are exercises and leave no mark. */
export function fatesOf(
  deployments: Pick<Deployment, 'promotion' | 'class' | 'outcome' | 'release' | 'previous'>[],
): Map<Deployment['promotion'], Fate> {
  const fates = new Map<string, Fate>()
  const broughtBy = new Map<string, string>()
  let latestChange: string | null = null
  for (const deployment of deployments) {
    const { promotion, class: kind, outcome, release } = deployment
    fates.set(promotion, outcome === 'succeeded' ? 'healthy' : outcome)
    if (kind === 'drill') continue
    if (kind !== 'standard' && latestChange !== null) fates.set(latestChange, 'failed')
    const left = broughtBy.get(releaseLeft(deployment) ?? '')
    if (left !== undefined) fates.set(left, 'failed')
    if (kind === 'rollback') continue
    latestChange = promotion
    if (outcome === 'succeeded') broughtBy.set(release, promotion)
  }
  return fates
}
