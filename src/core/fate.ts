import type { Deployment } from './deployment.ts'

/** What came of a deployment: `failed` by the rule of the change fail rate (dora.dev), that is by itself or because a rollback or hotfix had to follow. */
export type Fate = 'healthy' | 'failed' | 'running'

/** The fate of each promotion of one environment, from its deployments, oldest first; drills are exercises and leave no mark. */
export function fatesOf(
  deployments: Pick<Deployment, 'promotion' | 'class' | 'outcome'>[],
): Map<Deployment['promotion'], Fate> {
  const fates = new Map<string, Fate>()
  let latestChange: string | null = null
  for (const { promotion, class: kind, outcome } of deployments) {
    fates.set(promotion, outcome === 'succeeded' ? 'healthy' : outcome)
    if (kind === 'drill') continue
    if (kind !== 'standard' && latestChange !== null) fates.set(latestChange, 'failed')
    if (kind !== 'rollback') latestChange = promotion
  }
  return fates
}
