import type { Reports } from '../core/report.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`report.id, report.project, report.release, report.format, report.job, report.run, report.path,
  report.digest, report.results, report.by, report.at, report.receipt`

/** Reports, in the table `report`. */
export function reports({ many, one, write }: Session): Reports {
  return {
    async add({ id, project, release, format, job, run, path, digest, results, by, at, receipt }) {
      write(sql`
        insert into report (id, project, release, format, job, run, path, digest, results, by, at, receipt)
        values (${id}, ${project}, ${release}, ${format}, ${job}, ${run}, ${path}, ${digest}, ${json(results)}, ${by},
          ${at}, ${receipt})`)
    },
    of: (project, release, which) =>
      many(sql`
        select ${columns}, attestation.bundle
        from (
          select ${which === 'newest' ? sql`distinct on (format, job, path)` : sql``} *
          from report where project = ${project} and release = ${release}
          order by format, job, path, at desc, id desc
        ) as report
        left join attestation on attestation.project = report.project and attestation.release = report.release
          and attestation.digest = report.receipt
        order by report.at desc, report.id desc`),
    async bytesOf(project, release) {
      const row = await one<{ bytes: number }>(sql`
        select coalesce(sum(octet_length(results::text)), 0)::bigint as bytes
        from report where project = ${project} and release = ${release}`)
      return row?.bytes ?? 0
    },
  }
}
