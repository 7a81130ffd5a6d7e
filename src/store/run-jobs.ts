import type { RunJob, Runs } from '../core/run.ts'
import { json, sql, type Session } from './sql.ts'

/** Jobs and steps of runs, in the tables `run_job` and `run_step`. */
export function runJobs({ many, write }: Session): Pick<Runs, 'jobs' | 'saveJob' | 'steps' | 'markSteps'> {
  return {
    jobs: (run) =>
      many(sql`
        select run, name, state, attempt, interruptions, reason, outputs, artifacts, reports,
          started_at as "startedAt", finished_at as "finishedAt"
        from run_job where run = ${run} order by name`),
    async saveJob(job) {
      write(sql`
        insert into run_job (
          run, name, state, attempt, interruptions, reason, outputs, artifacts, reports, started_at, finished_at
        ) values (${job.run}, ${job.name}, ${contentsOf(job)})
        on conflict (run, name) do update set
          (state, attempt, interruptions, reason, outputs, artifacts, reports, started_at, finished_at) = (
            excluded.state, excluded.attempt, excluded.interruptions, excluded.reason, excluded.outputs,
            excluded.artifacts, excluded.reports, excluded.started_at, excluded.finished_at
          )`)
    },
    steps: (run) =>
      many(sql`
        select run, job, attempt, index, started_at as "startedAt", finished_at as "finishedAt", exit_code as "exitCode"
        from run_step where run = ${run} order by job, attempt, index`),
    async markSteps({ run, job, attempt }, marks) {
      // The names become what their columns want once, not once for each step: their patterns would take most of the time.
      write(sql`
        insert into run_step as step (run, job, attempt, index, started_at, finished_at, exit_code)
        select name.run, name.job, ${attempt}, index, max("startedAt"), max("finishedAt"), max("exitCode")
        from (select ${run}::identifier as run, ${job}::slug as job offset 0) as name,
          json_to_recordset(${json(marks)}) as mark (
            index integer, "startedAt" timestamptz, "finishedAt" timestamptz, "exitCode" integer
          )
        group by name.run, name.job, index
        on conflict (run, job, attempt, index) do update set
          started_at = coalesce(excluded.started_at, step.started_at),
          finished_at = coalesce(excluded.finished_at, step.finished_at),
          exit_code = coalesce(excluded.exit_code, step.exit_code)`)
    },
  }
}

function contentsOf(job: RunJob) {
  return sql`${job.state}, ${job.attempt}, ${job.interruptions}, ${job.reason}, ${json(job.outputs)},
    ${json(job.artifacts)}, ${json(job.reports)}, ${job.startedAt}, ${job.finishedAt}`
}
