import { Refusal } from '../core/refusal.ts'
import type { Token, Tokens } from '../core/token.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`id, secret_digest as "secretDigest", owner, label, scope, created_at as "createdAt",
  expires_at as "expiresAt", revoked_at as "revokedAt"`

/** Credentials, in the table `token`; revoking one again keeps the first moment. */
export function tokens({ one, many, change, write }: Session): Tokens {
  const get = async (id: string) =>
    (await one<Token>(sql`select ${columns} from token where id = ${id}`)) ?? unknown(id)
  return {
    get,
    bySecret: (digest) => one<Token>(sql`select ${columns} from token where secret_digest = ${digest}`),
    list: (owner) =>
      many<Token>(sql`
        select ${columns} from token ${owner === null ? sql`` : sql`where owner = ${owner}`} order by created_at, id`),
    async add({ id, secretDigest, owner, label, scope, createdAt, expiresAt, revokedAt }) {
      write(sql`
        insert into token (id, secret_digest, owner, label, scope, created_at, expires_at, revoked_at)
        values (
          ${id}, ${secretDigest}, ${owner}, ${label}, ${json(scope)}, ${createdAt}, ${expiresAt}, ${revokedAt}
        )`)
    },
    async revoke(id, at) {
      const found = await change(sql`update token set revoked_at = coalesce(revoked_at, ${at}) where id = ${id}`)
      if (found === 0) unknown(id)
    },
  }
}

function unknown(id: string): never {
  throw new Refusal('not_found', `no token ${id}`)
}
