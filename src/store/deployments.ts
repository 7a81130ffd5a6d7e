import type { Deployment, Deployments } from '../core/deployment.ts'
import { Refusal } from '../core/refusal.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`promotion, attempt, project, environment, release, class, revision, fence, outcome, reason,
  previous, rollout, url, started_by as "startedBy", started_at as "startedAt", deployed_at as "deployedAt",
  finished_at as "finishedAt", replaced_at as "replacedAt"`

const mostDisplaced = 1000

/** Deployments, in the table `deployment`. */
export function deployments({ one, many, write }: Session): Deployments {
  return {
    async get(promotion, attempt) {
      const deployment = await one<Deployment>(
        sql`select ${columns} from deployment where promotion = ${promotion} and attempt = ${attempt}`,
      )
      if (!deployment) throw new Refusal('not_found', `promotion ${promotion} has no attempt ${attempt}`)
      return deployment
    },
    async add(deployment) {
      write(sql`
        insert into deployment (
          promotion, attempt, project, environment, release, class, revision, fence, outcome, reason, previous, rollout,
          url, started_by, started_at, deployed_at, finished_at, replaced_at
        ) values (
          ${deployment.promotion}, ${deployment.attempt}, ${deployment.project}, ${deployment.environment},
          ${deployment.release}, ${deployment.class}, ${deployment.revision}, ${deployment.fence},
          ${deployment.outcome}, ${deployment.reason}, ${deployment.previous}, ${json(deployment.rollout)},
          ${deployment.url}, ${deployment.startedBy}, ${deployment.startedAt}, ${deployment.deployedAt}, ${deployment.finishedAt},
          ${deployment.replacedAt}
        )`)
    },
    async save(deployment) {
      const { promotion, attempt, fence } = deployment
      write(
        sql`
        update deployment set outcome = ${deployment.outcome}, reason = ${deployment.reason},
          rollout = ${json(deployment.rollout)}, url = ${deployment.url}, deployed_at = ${deployment.deployedAt},
          finished_at = ${deployment.finishedAt}, replaced_at = ${deployment.replacedAt}
        where promotion = ${promotion} and attempt = ${attempt} and fence = ${fence}`,
        () => new Refusal('conflict', `promotion ${promotion} has no attempt ${attempt} with fence ${fence}`),
      )
    },
    of: (project, environment, release) =>
      many(sql`select ${columns} from deployment
        where project = ${project} and environment = ${environment} and release = ${release} order by fence desc`),
    live: (project, environment) =>
      one(sql`select * from (
          select ${columns} from deployment
          where project = ${project} and environment = ${environment} and outcome = 'succeeded'
          order by fence desc limit 1
        ) as newest where "replacedAt" is null`),
    since: ({ project, environment, since }) =>
      many(sql`select ${columns} from deployment
        where project = ${project} and environment = ${environment} and started_at >= ${since} order by fence`),
    failed: (project, environments, releases) =>
      many(sql`select environment, release
        from unnest(${environments}::text[]) environment cross join unnest(${releases}::text[]) release
        cross join lateral (
          select outcome from deployment d
          where d.project = ${project} and d.environment = environment.environment and d.release = release.release
          order by fence desc limit 1
        ) as newest where outcome = 'failed'`),
    displaced: (project, environment, release) =>
      many(sql`select d.deployed_at as "from", (
          select finished_at from deployment s
          where s.project = d.project and s.environment = d.environment and s.outcome = 'succeeded' and s.fence > d.fence
          order by s.fence limit 1
        ) as until
        from deployment d
        where d.project = ${project} and d.environment = ${environment} and d.outcome <> 'succeeded'
          and d.deployed_at is not null and (d.outcome = 'failed' or d.release <> ${release})
        order by d.fence desc limit ${mostDisplaced}`),
    oneWay: (project, environment) =>
      many(sql`select d.fence, r.version, r.one_way as changes
        from deployment d join release r on r.project = d.project and r.digest = d.release
        where d.project = ${project} and d.environment = ${environment} and r.one_way is not null order by d.fence`),
    list: ({ project, environment, limit }) =>
      many(sql`select ${columns} from deployment
        where project = ${project} and environment = ${environment} order by fence desc limit ${limit}`),
  }
}
