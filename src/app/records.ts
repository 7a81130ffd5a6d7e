import type { Approval } from '../core/approval.ts'
import type { Records, StandingApproval } from '../core/gate.ts'
import { evidenceTypes } from '../core/report-statement.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { holdsIn } from './holds-in.ts'
import { currentReports } from './standing-reports.ts'

/** What gates may read of this installation, through one transaction, about one promotion. */
export function recordsOf(
  app: Pick<App, 'access'>,
  tx: Transaction,
  { project, environment, promotion }: { project: string; environment: string; promotion: string },
): Records {
  return {
    deploymentsOf: (release, where) => tx.deployments.of(project, where, release),
    liveIn: (where) => tx.deployments.live(project, where),
    attestations: (release) => tx.attestations.of(project, release, evidenceTypes),
    bundles: (release) => tx.attestations.of(project, release),
    keys: () => tx.keys.list(),
    drills: (where) => tx.drills.list({ project, environment: where, limit: 50 }),
    oneWayDeployments: (where) => tx.deployments.oneWay(project, where),
    release: (digest) => tx.releases.get(project, digest),
    sourceChange: (from, to) => tx.sourceChanges.find(project, from, to),
    holdsIn: (where) => holdsIn(tx, project, where),
    displacedIn: (where, release) => tx.deployments.displaced(project, where, release),
    reports: async (release) => currentReports(tx, await tx.releases.get(project, release)),
    groupSize: async (group) => (await tx.members.group(project, group)).length,
    async approvals(group) {
      const members = group === null ? null : await tx.members.group(project, group)
      const standing: StandingApproval[] = []
      for (const approval of await tx.approvals.of(promotion)) {
        standing.push({
          ...approval,
          mayApprove: await mayApprove(app, tx, approval, environment),
          inGroup: members === null || members.includes(approval.by),
        })
      }
      return standing
    },
  }
}

/** Asked of the grants as they are now, so that who lost the right since no longer counts (A06). */
async function mayApprove(
  { access }: Pick<App, 'access'>,
  tx: Transaction,
  { by, project }: Approval,
  environment: string,
): Promise<boolean> {
  const member = await tx.members.find(by)
  if (!member || member.disabled || member.kind !== 'human') return false
  return access.allows(member, 'promotion.approve', { project, environment }, await tx.members.grantsOf(by))
}
