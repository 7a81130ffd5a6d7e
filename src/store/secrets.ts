import { Refusal } from '../core/refusal.ts'
import type { Secrets } from '../core/secret.ts'
import { sql, type Session } from './sql.ts'

/** Sealed values, in the table `secret`. */
export function secrets({ many, change, write }: Session): Secrets {
  return {
    list: (project) => many(sql`select name, set_at as "setAt" from secret where project = ${project} order by name`),
    async sealed(project, names) {
      const rows = await many<{ name: string; sealed: Buffer }>(
        sql`select name, sealed from secret where project = ${project} and name = any (${names}::text[])`,
      )
      const found = Object.fromEntries(rows.map(({ name, sealed }) => [name, sealed]))
      const missing = names.filter((name) => !Object.hasOwn(found, name))
      if (missing.length > 0) {
        throw new Refusal(
          'not_found',
          `project ${project} has no secret ${missing.join(', ')}; set it with: lockflight secrets set ${missing[0]}`,
        )
      }
      return found
    },
    async set(project, name, sealed, at) {
      write(sql`
        insert into secret (project, name, sealed, set_at) values (${project}, ${name}, ${sealed}, ${at})
        on conflict (project, name) do update set sealed = excluded.sealed, set_at = excluded.set_at`)
    },
    async remove(project, name) {
      return (await change(sql`delete from secret where project = ${project} and name = ${name}`)) > 0
    },
  }
}
