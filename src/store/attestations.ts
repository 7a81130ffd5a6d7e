import type { Attestations } from '../core/attestation.ts'
import { json, sql, type Session } from './sql.ts'

/** Signed statements, in the table `attestation`; adding one again changes nothing. */
export function attestations({ many, write }: Session): Attestations {
  return {
    async add(project, { release, predicateType, digest, bundle, createdAt }) {
      write(sql`
        insert into attestation (project, release, digest, predicate_type, bundle, created_at)
        values (${project}, ${release}, ${digest}, ${predicateType}, ${json(bundle)}, ${createdAt})
        on conflict (project, release, digest) do nothing`)
    },
    of: (project, release, except = []) =>
      many(sql`
        select release, predicate_type as "predicateType", digest, bundle, created_at as "createdAt"
        from attestation where project = ${project} and release = ${release} and (predicate_type is null or predicate_type <> all(${except}))
        order by created_at, digest`),
  }
}
