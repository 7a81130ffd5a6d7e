import { Refusal } from '../core/refusal.ts'
import type { Quarantine, Quarantines } from '../core/quarantine.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`project, release, by, reason, at`

/** Releases that must not run, in the table `quarantine`; who lifted one and why is in the log. */
export function quarantines({ one, many, write }: Session): Quarantines {
  return {
    find: (project, release) =>
      one<Quarantine>(sql`select ${columns} from quarantine where project = ${project} and release = ${release}`),
    list: (project) =>
      many<Quarantine>(sql`select ${columns} from quarantine where project = ${project} order by at, release`),
    async add({ project, release, by, reason, at }) {
      write(
        sql`insert into quarantine (project, release, by, reason, at)
          values (${project}, ${release}, ${by}, ${reason}, ${at}) on conflict do nothing`,
        () => new Refusal('conflict', `release ${release} is in quarantine already`),
      )
    },
    async remove(project, release) {
      write(sql`delete from quarantine where project = ${project} and release = ${release}`)
    },
  }
}
