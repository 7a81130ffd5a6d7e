import type { Replies, Reply } from '../core/reply.ts'
import { sql, type Session } from './sql.ts'

/** Stored answers, in the table `reply`. */
export function replies({ change, one, write }: Session): Replies {
  return {
    find: (actor, key) =>
      one<Reply>(sql`
        select actor, key, sealed from reply where actor = ${actor} and key = ${key}`),
    async add({ actor, key, sealed }) {
      write(sql`insert into reply (actor, key, sealed) values (${actor}, ${key}, ${sealed})`)
    },
    removeBefore: (moment, limit) =>
      change(sql`
        delete from reply where (actor, key) = any (
          select actor, key from reply where created_at < ${moment} order by created_at limit ${limit} for update skip locked)`),
  }
}
