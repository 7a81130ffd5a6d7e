import type { Override, Overrides } from '../core/override.ts'
import { page } from './page.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`id, project, promotion, environment, release, gate, definition, reason, risk,
  requested_by as "requestedBy", requested_at as "requestedAt", binds, confirmed_by as "confirmedBy",
  confirmed_at as "confirmedAt", confirmed_binds as "confirmedBinds", withdrawn_by as "withdrawnBy",
  withdrawn_at as "withdrawnAt", withdrawn_for as "withdrawnFor", expires_at as "expiresAt", used_at as "usedAt"`

type Row = Omit<Override, 'confirmation' | 'withdrawal'> & {
  confirmedBy: string | null
  confirmedAt: Date
  confirmedBinds: Override['binds']
  withdrawnBy: string | null
  withdrawnAt: Date
  withdrawnFor: string
}

/** Overrides of gates, in the table `override`. */
export function overrides({ one, many, write }: Session): Overrides {
  return {
    async find(project, id) {
      const row = await one<Row>(sql`select ${columns} from override where id = ${id} and project = ${project}`)
      return row && overrideOf(row)
    },
    async of(promotion) {
      const rows = await many<Row>(
        sql`select ${columns} from override where promotion = ${promotion} order by requested_at, id`,
      )
      return rows.map(overrideOf)
    },
    async add(given) {
      write(sql`
        insert into override (
          id, project, promotion, environment, release, gate, definition, reason, risk, requested_by, requested_at,
          binds, confirmed_by, confirmed_at, confirmed_binds, expires_at, used_at
        ) values (
          ${given.id}, ${given.project}, ${given.promotion}, ${given.environment}, ${given.release}, ${given.gate},
          ${given.definition}, ${given.reason}, ${given.risk}, ${given.requestedBy}, ${given.requestedAt},
          ${given.binds}, ${given.confirmation?.by ?? null}, ${given.confirmation?.at ?? null},
          ${given.confirmation?.binds ?? null}, ${given.expiresAt}, ${given.usedAt}
        )`)
    },
    async save({ id, confirmation, withdrawal, usedAt }) {
      write(sql`
        update override set confirmed_by = ${confirmation?.by ?? null}, confirmed_at = ${confirmation?.at ?? null},
          confirmed_binds = ${confirmation?.binds ?? null}, used_at = ${usedAt},
          withdrawn_by = ${withdrawal?.by ?? null}, withdrawn_at = ${withdrawal?.at ?? null},
          withdrawn_for = ${withdrawal?.reason ?? null}
        where id = ${id}`)
    },
    async list({ project, environment, promotion, limit, before }) {
      const rows = await many<Row>(sql`
        select ${columns} from override where project = ${project}
        ${environment === undefined ? sql`` : sql`and environment = ${environment}`}
        ${promotion === undefined ? sql`` : sql`and promotion = ${promotion}`}
        ${page(sql`requested_at`, sql`id`, { before, limit })}`)
      return rows.map(overrideOf)
    },
  }
}

function overrideOf(row: Row): Override {
  const { confirmedBy, confirmedAt, confirmedBinds, withdrawnBy, withdrawnAt, withdrawnFor, ...override } = row
  return {
    ...override,
    confirmation: confirmedBy === null ? null : { by: confirmedBy, at: confirmedAt, binds: confirmedBinds },
    withdrawal: withdrawnBy === null ? null : { by: withdrawnBy, at: withdrawnAt, reason: withdrawnFor },
  }
}
