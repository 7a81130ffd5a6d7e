import type { Environment, Environments } from '../core/environment.ts'
import { Refusal } from '../core/refusal.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`project, name, fence, active, taking_down as "takingDown",
  case when hold_by is not null then json_build_object('by', hold_by, 'reason', hold_reason) end as hold,
  hold_at as "holdAt"`

/** The class of the advisory locks of `lockWaiting`. */
const waitingLocks = 7_233_503

type Row = Environment & { holdAt: Date }

/** Environments, in the table `environment`; only a locked one can be saved. */
export function environments({ one, many, write }: Session): Environments {
  const locked = new Set<string>()
  const find = async (project: string, name: string, lock = sql``) => {
    const row = await one<Row>(
      sql`select ${columns} from environment where project = ${project} and name = ${name} ${lock}`,
    )
    if (!row) throw new Refusal('not_found', `no environment ${name} in project ${project}`)
    return environmentOf(row)
  }
  return {
    get: (project, name) => find(project, name),
    async lock(project, name) {
      const environment = await find(project, name, sql`for no key update`)
      locked.add(`${project}/${name}`)
      return environment
    },
    async lockWaiting(project, name) {
      write(sql`select pg_advisory_xact_lock(${waitingLocks}, hashtext(${`${project}/${name}`}))`)
    },
    async list(project) {
      const rows = await many<Row>(sql`select ${columns} from environment where project = ${project} order by name`)
      return rows.map(environmentOf)
    },
    async takingDown() {
      return (await many<Row>(sql`select ${columns} from environment where taking_down`)).map(environmentOf)
    },
    async ensure(project, name) {
      write(sql`
        insert into environment (project, name, fence) values (${project}, ${name}, 0) on conflict do nothing`)
    },
    async save({ project, name, fence, active, hold, takingDown }) {
      if (!locked.has(`${project}/${name}`)) throw new Error(`environment ${name} was saved without its lock`)
      write(sql`
        update environment set fence = ${fence}, active = ${active}, hold_by = ${hold?.by ?? null},
          hold_reason = ${hold?.reason ?? null}, hold_at = ${hold?.at ?? null}, taking_down = ${takingDown}
        where project = ${project} and name = ${name}`)
    },
  }
}

function environmentOf({ holdAt, hold, ...environment }: Row): Environment {
  return { ...environment, hold: hold && { ...hold, at: holdAt } }
}
