import type { Answer } from '../answer.ts'
import { ago, atAGlance, span, type Look } from '../look.ts'
import { table } from '../table.ts'

const colours = { running: 'cyan', succeeded: 'green', failed: 'red' } as const

/** Deployments as a list, newest first. */
export function deploymentsText({ items }: Answer<'listDeployments'>, { paint, now }: Look): string {
  if (items.length === 0) return 'nothing was deployed yet'
  return table(
    items.map((deployment) => {
      const { outcome, startedAt, finishedAt, fence, replacedAt } = deployment
      return [
        paint('bold', deployment.environment),
        deployment.releaseVersion,
        paint(colours[outcome], outcome === 'succeeded' && !replacedAt ? 'live' : outcome),
        deployment.class === 'standard' ? '' : deployment.class,
        `fence ${fence}`,
        paint(
          'dim',
          `${ago(startedAt, now)} ago by ${deployment.startedBy}, took ${span((finishedAt ?? now).getTime() - startedAt.getTime())}`,
        ),
        atAGlance(deployment.reason, deployment.promotion),
      ]
    }),
  )
}
