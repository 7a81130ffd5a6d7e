import type { Upload, Uploads } from '../core/upload.ts'
import { sql, type Session } from './sql.ts'

/** Files handed in for the releases of a project, in the table `upload`. */
export function uploads({ one, change }: Session): Uploads {
  return {
    find: (project, digest) =>
      one<Upload>(sql`
        select project, digest, size_bytes as "sizeBytes", by, at
        from upload where project = ${project} and digest = ${digest}`),
    async add({ project, digest, sizeBytes, by, at }) {
      const added = await change(sql`
        insert into upload (project, digest, size_bytes, by, at)
        values (${project}, ${digest}, ${sizeBytes}, ${by}, ${at})
        on conflict (project, digest) do nothing`)
      return added === 1
    },
  }
}
