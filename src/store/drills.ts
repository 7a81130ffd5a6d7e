import type { Drill, Drills } from '../core/drill.ts'
import { Refusal } from '../core/refusal.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`id, project, environment, state, reason, release, target, back, forth, requested_by as "requestedBy",
  request_reason as "requestReason", started_at as "startedAt", finished_at as "finishedAt", receipt`

/** Drills, in the table `drill`. */
export function drills({ one, many, write }: Session): Drills {
  return {
    async add(drill) {
      write(sql`
        insert into drill (
          id, project, environment, state, reason, release, target, back, forth, requested_by, request_reason,
          started_at, finished_at, receipt
        ) values (
          ${drill.id}, ${drill.project}, ${drill.environment}, ${drill.state}, ${drill.reason}, ${drill.release},
          ${drill.target}, ${drill.back}, ${drill.forth}, ${drill.requestedBy}, ${drill.requestReason},
          ${drill.startedAt}, ${drill.finishedAt}, ${drill.receipt}
        )`)
    },
    async save({ id, state, reason, forth, finishedAt, receipt }) {
      write(
        sql`update drill set state = ${state}, reason = ${reason}, forth = ${forth}, finished_at = ${finishedAt},
          receipt = ${receipt} where id = ${id} and state = 'running'`,
        () => new Refusal('conflict', `drill ${id} has ended already`),
      )
    },
    of: (promotion) => one<Drill>(sql`select ${columns} from drill where ${promotion} in (back, forth)`),
    running: (project, environment) =>
      one<Drill>(sql`select ${columns} from drill
        where project = ${project} and environment = ${environment} and state = 'running'`),
    list: ({ project, environment, limit }) =>
      many<Drill>(sql`select ${columns} from drill where project = ${project} and environment = ${environment}
        order by started_at desc, id desc limit ${limit}`),
  }
}
