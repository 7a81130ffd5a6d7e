import type { Inspection } from '../core/deployer.ts'
import { after, inWords, seconds } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { firstFailure, inspect, type AtWork } from './deployment-at-work.ts'
import { failDeployment } from './fail-deployment.ts'
import { storeOutput } from './store-output.ts'
import { succeedDeployment } from './succeed-deployment.ts'

/** Proves that the release runs and answers as it should, and ends the deployment either way. */
export async function verifyDeployment(app: App, work: AtWork): Promise<void> {
  const { failure, url } = await prove(app, work)
  await storeOutput(app, work)
  return failure === null
    ? succeedDeployment(app, work, url)
    : failDeployment(app, work, `verification failed: ${failure}`)
}

/** A target that cannot be asked is asked again later, by throwing; what could not be proven in time has failed. */
async function prove(app: App, work: AtWork): Promise<{ failure: string | null; url: string | null }> {
  try {
    const { release, url } = await inspect(app, work)
    const failure = wrongRelease(work, release) ?? (await firstFailure(app, work, work.definition.verify))
    return { failure, url }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof Refusal) return { failure: message, url: null }
    const { deployment, definition, at } = work
    const limitSeconds = seconds(definition['deploy-timeout'])
    if (at <= after(deployment.deployedAt ?? deployment.startedAt, limitSeconds)) throw error
    return { failure: `no answer within ${inWords(limitSeconds)}; last trouble: ${message}`, url: null }
  }
}

/** A target that reports another digest than the one deployed, or that nothing runs, has not been deployed to, whatever else it answers (I07). */
function wrongRelease({ release }: AtWork, reported: Inspection['release']): string | null {
  if (reported === 'unknown' || reported === release.digest) return null
  return `expected the target to run ${release.digest}, found ${reported ?? 'nothing running'}`
}
