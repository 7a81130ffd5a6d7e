import type { Reports } from '../core/report.ts'
import { json, sql, type Session } from './sql.ts'

/** Reports, in the table `report`. */
export function reports({ many, write }: Session): Reports {
  return {
    async add({ id, project, release, format, job, run, path, digest, results, by, at, receipt }) {
      write(sql`
        insert into report (id, project, release, format, job, run, path, digest, results, by, at, receipt)
        values (${id}, ${project}, ${release}, ${format}, ${job}, ${run}, ${path}, ${digest}, ${json(results)}, ${by},
          ${at}, ${receipt})`)
    },
    of: (project, release) =>
      many(sql`
        select report.id, report.project, report.release, report.format, report.job, report.run, report.path,
          report.digest, report.results, report.by, report.at, report.receipt, attestation.bundle
        from report left join attestation on attestation.project = report.project
          and attestation.release = report.release and attestation.digest = report.receipt
        where report.project = ${project} and report.release = ${release}
        order by report.at desc, report.id desc`),
  }
}
