import type { Keys } from '../core/attestation.ts'
import { sql, type Session } from './sql.ts'

/** Trusted public keys, in the table `trusted_key`; adding one again changes nothing, above all not its revocation. */
export function keys({ many, change }: Session): Keys {
  return {
    list: () =>
      many(sql`
        select id, public_key as "publicKey", purpose, created_at as "createdAt", revoked_at as "revokedAt"
        from trusted_key order by created_at, id`),
    async add({ id, publicKey, purpose, createdAt, revokedAt }) {
      const added = await change(sql`
        insert into trusted_key (id, public_key, purpose, created_at, revoked_at)
        values (${id}, ${publicKey}, ${purpose}, ${createdAt}, ${revokedAt})
        on conflict (id) do nothing`)
      return added > 0
    },
  }
}
