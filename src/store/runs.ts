import { Refusal } from '../core/refusal.ts'
import type { Run, Runs } from '../core/run.ts'
import { page } from './page.ts'
import { runJobs } from './run-jobs.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`id, project, number,
  json_build_object('repository', repository, 'commit', commit, 'branch', branch) as source,
  author_email as "authorEmail", committed_at as "committedAt", pipeline,
  configuration_digest as "configurationDigest", state, reason, requested_by as "requestedBy",
  created_at as "createdAt", started_at as "startedAt", finished_at as "finishedAt", release,
  cancelled_by as "cancelledBy", execution, version`

/** Runs, in the table `run`. */
export function runs(session: Session): Runs {
  const { one, many, write } = session
  const byId = async (id: string, lock = sql``) =>
    (await one<Run>(sql`select ${columns} from run where id = ${id} ${lock}`)) ?? unknown(id)
  return {
    ...runJobs(session),
    load: (id) => byId(id),
    lock: (id) => byId(id, sql`for no key update`),
    async lockExecution({ id, execution }) {
      write(
        sql`select from run where id = ${id} and execution = ${execution} and state = 'running' for no key update`,
        () => new Refusal('conflict', `run ${id} was taken over by another worker`, { reason: 'run_taken_over' }),
      )
    },
    async get(project, id) {
      const run = await one<Run>(sql`select ${columns} from run where id = ${id} and project = ${project}`)
      return run ?? unknown(id, project)
    },
    async nextNumber(project) {
      const counter = await one<{ runs: number }>(sql`
        insert into run_counter (project, runs) values (${project}, 1)
        on conflict (project) do update set runs = run_counter.runs + 1
        returning runs`)
      return counter!.runs
    },
    async add(run) {
      const { repository, commit, branch } = run.source
      write(sql`
        insert into run (
          id, project, number, repository, commit, branch, author_email, committed_at, pipeline, configuration_digest,
          state, reason, requested_by, created_at, started_at, finished_at, release, cancelled_by, execution, version
        ) values (
          ${run.id}, ${run.project}, ${run.number}, ${repository}, ${commit}, ${branch}, ${run.authorEmail},
          ${run.committedAt}, ${json(run.pipeline)}, ${run.configurationDigest}, ${run.state}, ${run.reason},
          ${run.requestedBy}, ${run.createdAt}, ${run.startedAt}, ${run.finishedAt}, ${run.release},
          ${run.cancelledBy}, ${run.execution}, ${run.version}
        )`)
    },
    async save(run) {
      write(
        sql`
        update run set state = ${run.state}, reason = ${run.reason}, started_at = ${run.startedAt},
          finished_at = ${run.finishedAt}, release = ${run.release}, cancelled_by = ${run.cancelledBy},
          execution = ${run.execution}, version = version + 1
        where id = ${run.id} and version = ${run.version}`,
        () => new Refusal('conflict', `run ${run.id} changed meanwhile; look again`, { reason: 'stale' }),
      )
    },
    async unfinished() {
      const rows = await many<{ id: string }>(sql`select id from run where finished_at is null`)
      return rows.map(({ id }) => id)
    },
    list: ({ project, state, limit, before }) =>
      many(sql`select ${columns} from run where project = ${project} ${state ? sql`and state = ${state}` : sql``}
        ${page(sql`created_at`, sql`id`, { before, limit })}`),
  }
}

function unknown(id: string, project?: string): never {
  throw new Refusal('not_found', `no run ${id}${project === undefined ? '' : ` in project ${project}`}`)
}
