import type { Approvals } from '../core/approval.ts'
import { sql, type Session } from './sql.ts'

/** Answers to promotions, in the table `approval`. */
export function approvals({ many, write }: Session): Approvals {
  return {
    of: (promotion) =>
      many(sql`
        select id, project, promotion, by, decision, reason, binds, at, expires_at as "expiresAt"
        from approval where promotion = ${promotion} order by at, id`),
    async add({ id, project, promotion, by, decision, reason, binds, at, expiresAt }) {
      write(sql`
        insert into approval (id, project, promotion, by, decision, reason, binds, at, expires_at)
        values (${id}, ${project}, ${promotion}, ${by}, ${decision}, ${reason}, ${binds}, ${at}, ${expiresAt})`)
    },
  }
}
