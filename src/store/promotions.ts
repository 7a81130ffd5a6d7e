import type { Promotion, Promotions } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import { page } from './page.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`id, project, environment, release, class, state, reason, request_reason as "requestReason",
  requested_by as "requestedBy", requested_at as "requestedAt", expires_at as "expiresAt", attempt, unmet,
  recheck_at as "recheckAt", finished_at as "finishedAt", version`

/** Promotions, in the table `promotion`. */
export function promotions({ one, many, write }: Session): Promotions {
  const byId = async (id: string, lock = sql``) =>
    (await one<Promotion>(sql`select ${columns} from promotion where id = ${id} ${lock}`)) ?? unknown(id)
  return {
    load: (id) => byId(id),
    lock: (id) => byId(id, sql`for no key update`),
    async get(project, id) {
      const promotion = await one<Promotion>(
        sql`select ${columns} from promotion where id = ${id} and project = ${project}`,
      )
      return promotion ?? unknown(id, project)
    },
    async add(promotion) {
      write(sql`
        insert into promotion (
          id, project, environment, release, class, state, reason, request_reason, requested_by, requested_at,
          expires_at, attempt, unmet, recheck_at, finished_at, version
        ) values (
          ${promotion.id}, ${promotion.project}, ${promotion.environment}, ${promotion.release}, ${promotion.class},
          ${promotion.state}, ${promotion.reason}, ${promotion.requestReason}, ${promotion.requestedBy},
          ${promotion.requestedAt}, ${promotion.expiresAt}, ${promotion.attempt}, ${json(promotion.unmet)},
          ${promotion.recheckAt}, ${promotion.finishedAt}, ${promotion.version}
        )`)
    },
    async save({ id, state, reason, expiresAt, attempt, unmet, recheckAt, finishedAt, version }) {
      write(
        sql`
        update promotion set state = ${state}, reason = ${reason}, expires_at = ${expiresAt}, attempt = ${attempt},
          unmet = ${json(unmet)}, recheck_at = ${recheckAt}, finished_at = ${finishedAt}, version = version + 1
        where id = ${id} and version = ${version}`,
        () => new Refusal('conflict', `promotion ${id} changed meanwhile; look again`, { reason: 'stale' }),
      )
    },
    waitingIn: (project, environment) =>
      many(sql`select ${columns} from promotion
        where project = ${project} and environment = ${environment} and state = 'waiting'
        order by requested_at, id`),
    waitingAnsweredBy: (person) =>
      many(sql`select ${columns} from promotion
        where state = 'waiting' and id in (
          select promotion from approval where by = ${person}
          union all select promotion from override where ${person} in (requested_by, confirmed_by))
        order by requested_at, id`),
    async due() {
      const rows = await many<{ id: string }>(sql`
        select id from promotion where state in ('deploying', 'verifying')
        union all
        select id from promotion where state = 'waiting' and coalesce(recheck_at, requested_at) <= now()`)
      return rows.map(({ id }) => id)
    },
    list: ({ project, environment, release, state, limit, before }) =>
      many(sql`select ${columns} from promotion where project = ${project}
        ${environment === undefined ? sql`` : sql`and environment = ${environment}`}
        ${release === undefined ? sql`` : sql`and release = ${release}`}
        ${state === undefined ? sql`` : sql`and state = ${state}`}
        ${page(sql`requested_at`, sql`id`, { before, limit })}`),
  }
}

function unknown(id: string, project?: string): never {
  const where =
    project === undefined ? '' : ` in project ${project}; expected an id as listed by: lockflight promotions list`
  throw new Refusal('not_found', `no promotion ${id}${where}`)
}
