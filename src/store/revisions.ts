import type { Revision } from '../core/configuration.ts'
import { Refusal } from '../core/refusal.ts'
import type { Proposal, Revisions } from '../core/revision.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`project, number, digest, configuration, applied_by as "appliedBy", applied_at as "appliedAt"`

/** Registered configurations, in the table `revision`. */
export function revisions({ one, many, write }: Session): Revisions {
  const find = (project: string) =>
    one<Revision>(sql`select ${columns} from revision where project = ${project} order by number desc limit 1`)
  return {
    find,
    async current(project) {
      const revision = await one<Revision>(sql`
        select ${columns} from revision where project = ${project} and applied_at <= now() order by number desc limit 1`)
      if (!revision) throw new Refusal('not_found', `no project ${project} here; register one with: lockflight apply`)
      return revision
    },
    async has(project) {
      const found = await one<{ known: boolean }>(
        sql`select exists (select from revision where project = ${project}) as known`,
      )
      return found?.known ?? false
    },
    async nextInForceAt(project) {
      const next = await one<{ at: Date | null }>(sql`
        select min(applied_at) as at from revision where project = ${project} and applied_at > now()`)
      return next?.at ?? null
    },
    async get(project, number) {
      const revision = await one<Revision>(
        sql`select ${columns} from revision where project = ${project} and number = ${number}`,
      )
      if (!revision) throw new Refusal('not_found', `project ${project} has no revision ${number}`)
      return revision
    },
    async add({ project, number, digest, configuration, appliedBy, appliedAt }) {
      write(sql`
        insert into revision (project, number, digest, configuration, applied_by, applied_at)
        values (${project}, ${number}, ${digest}, ${json(configuration)}, ${appliedBy}, ${appliedAt})`)
      write(sql`delete from proposal where project = ${project}`)
    },
    list: (project) => many(sql`select ${columns} from revision where project = ${project} order by number desc`),
    async projects() {
      const rows = await many<{ project: string }>(sql`select distinct project from revision order by project`)
      return rows.map(({ project }) => project)
    },
    proposal: (project) =>
      one<Proposal>(sql`
        select project, digest, configuration, replaces, by, at from proposal where project = ${project}`),
    async propose({ project, digest, configuration, replaces, by, at }) {
      write(sql`
        insert into proposal (project, digest, configuration, replaces, by, at)
        values (${project}, ${digest}, ${json(configuration)}, ${replaces}, ${by}, ${at})
        on conflict (project) do update set digest = excluded.digest, configuration = excluded.configuration,
          replaces = excluded.replaces, by = excluded.by, at = excluded.at`)
    },
  }
}
