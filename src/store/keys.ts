import type { Keys } from '../core/attestation.ts'
import { json, sql, type Session } from './sql.ts'

/** Trusted keys, in the table `trusted_key`; adding one again changes nothing, above all not its revocation. */
export function keys({ many, change }: Session): Keys {
  return {
    list: () =>
      many(sql`
        select id, public_key as "publicKey", identity, purpose, created_at as "createdAt",
          valid_until as "validUntil", revoked_at as "revokedAt", revoked_from as "revokedFrom"
        from trusted_key order by created_at, id`),
    async add({ id, publicKey, identity, purpose, createdAt, validUntil, revokedAt, revokedFrom }) {
      const added = await change(sql`
        insert into trusted_key
          (id, public_key, identity, purpose, created_at, valid_until, revoked_at, revoked_from)
        values (${id}, ${publicKey}, ${identity && json(identity)}, ${purpose}, ${createdAt}, ${validUntil},
          ${revokedAt}, ${revokedFrom})
        on conflict (id) do nothing`)
      return added > 0
    },
    async lock() {
      await change(sql`lock table trusted_key in share row exclusive mode`)
    },
    async retire(id, validUntil) {
      await change(sql`update trusted_key set valid_until = ${validUntil} where id = ${id}`)
    },
    async revoke(id, { at, from }) {
      await change(sql`
        update trusted_key set revoked_at = ${at}, revoked_from = ${from} where id = ${id} and revoked_at is null`)
    },
  }
}
