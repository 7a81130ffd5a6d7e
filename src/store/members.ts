import type { Grant, Member, Members } from '../core/access.ts'
import { sql, type Session, type Sql } from './sql.ts'

const columns = sql`id, kind, name, disabled, created_at as "createdAt",
  array(select email from member_email where member = id order by position) as emails`

/** People and machines, their roles and groups, in the tables `member`, `member_email`, `role_grant` and `group_member`. */
export function members({ one, many, change, write }: Session): Members {
  const grants = (which: Sql) =>
    many<Grant>(sql`
      select actor, role, project, environment from role_grant ${which} order by actor, project, environment, role`)
  return {
    find: (id) => one<Member>(sql`select ${columns} from member where id = ${id}`),
    byEmail: (email) =>
      one<Member>(sql`
        select ${columns} from member where id = (select member from member_email where email = ${email.toLowerCase()})`),
    byToken: (secretDigest) =>
      one<Member>(sql`
        select ${columns} from member where id = (select owner from token where secret_digest = ${secretDigest})`),
    list: () => many<Member>(sql`select ${columns} from member order by id`),
    async save({ id, kind, name, emails, disabled, createdAt }) {
      write(sql`
        insert into member (id, kind, name, disabled, created_at)
        values (${id}, ${kind}, ${name}, ${disabled}, ${createdAt})
        on conflict (id) do update set kind = excluded.kind, name = excluded.name, disabled = excluded.disabled`)
      write(sql`delete from member_email where member = ${id}`)
      write(sql`
        insert into member_email (email, member, position)
        select email, ${id}, min(position) from unnest(${emails}::text[]) with ordinality as given (email, position)
        group by email`)
    },
    grantsOf: (id) => grants(sql`where actor = ${id}`),
    grants: (project) => grants(project === null ? sql`` : sql`where project = ${project}`),
    async grant({ actor, role, project, environment }) {
      const added = await change(sql`
        insert into role_grant (actor, role, project, environment)
        values (${actor}, ${role}, ${project}, ${environment}) on conflict do nothing`)
      return added > 0
    },
    async revoke({ actor, role, project, environment }) {
      const removed = await change(sql`
        delete from role_grant where actor = ${actor} and role = ${role}
          and project is not distinct from ${project} and environment is not distinct from ${environment}`)
      return removed > 0
    },
    async group(project, name) {
      const rows = await many<{ member: string }>(
        sql`select member from group_member where project = ${project} and name = ${name} order by member`,
      )
      return rows.map(({ member }) => member)
    },
    groups: (project) =>
      many(sql`
        select name, array_agg(member::text order by member) as members
        from group_member where project = ${project} group by name order by name`),
    async joinGroup(project, name, id) {
      const added = await change(sql`
        insert into group_member (project, name, member) values (${project}, ${name}, ${id}) on conflict do nothing`)
      return added > 0
    },
    async leaveGroup(project, name, id) {
      const removed = await change(
        sql`delete from group_member where project = ${project} and name = ${name} and member = ${id}`,
      )
      return removed > 0
    },
  }
}
