import type { Pin, Pins } from '../core/pin.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`project, environment, release, by, reason, at`

/** Which release an environment stays on, in the table `pin`. */
export function pins({ one, many, write }: Session): Pins {
  return {
    find: (project, environment) =>
      one<Pin>(sql`select ${columns} from pin where project = ${project} and environment = ${environment}`),
    list: (project) => many<Pin>(sql`select ${columns} from pin where project = ${project} order by environment`),
    async set({ project, environment, release, by, reason, at }) {
      write(sql`
        insert into pin (project, environment, release, by, reason, at)
        values (${project}, ${environment}, ${release}, ${by}, ${reason}, ${at})
        on conflict (project, environment) do update set release = excluded.release, by = excluded.by,
          reason = excluded.reason, at = excluded.at`)
    },
    async remove(project, environment) {
      write(sql`delete from pin where project = ${project} and environment = ${environment}`)
    },
  }
}
