import { digest as digestText } from '../core/digest.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release, Releases } from '../core/release.ts'
import { page } from './page.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`project, digest, version, artifacts,
  json_build_object('repository', repository, 'commit', commit, 'branch', branch) as source,
  configuration_digest as "configurationDigest", one_way as "oneWay", run, author, committed_at as "committedAt", created_at as "createdAt"`

/** The class of the advisory locks of `lockWaiting`. */
const waitingLocks = 7_233_504

const digestPrefix = /^(?:sha256:)?([0-9a-f]{8,64})$/

type Row = Omit<Release, 'oneWay'> & { oneWay: Release['oneWay'] | null }

function releaseOf({ oneWay, ...release }: Row): Release {
  return { ...release, ...(oneWay && { oneWay }) }
}

/** Releases, in the table `release`. */
export function releases({ one, many, change, write }: Session): Releases {
  return {
    async find(project, name) {
      if (digestText.safeParse(name).success) return this.get(project, name as Release['digest'])
      const prefix = digestPrefix.exec(name)?.[1]
      const found = await many<Row>(sql`
        select ${columns} from release
        where project = ${project} and (version = ${name} ${prefix ? sql`or digest ^@ ${`sha256:${prefix}`}` : sql``})
        order by digest limit 5`)
      const [release, another] = found
      if (release && !another) return releaseOf(release)
      if (!release) throw unknown(project, name)
      const names = found.map(({ version, digest }) => `${version} (${digest})`).join(', ')
      throw new Refusal('invalid', `${name} can mean several releases of ${project}: ${names}; give the whole digest`)
    },
    async get(project, digest) {
      const release = await one<Row>(
        sql`select ${columns} from release where project = ${project} and digest = ${digest}`,
      )
      if (!release) throw unknown(project, digest)
      return releaseOf(release)
    },
    async add({ source, ...release }) {
      const added = await change(sql`
        insert into release (
          project, digest, version, artifacts, repository, commit, branch, configuration_digest, one_way, run, author,
          committed_at, created_at
        ) values (
          ${release.project}, ${release.digest}, ${release.version}, ${json(release.artifacts)}, ${source.repository},
          ${source.commit}, ${source.branch}, ${release.configurationDigest}, ${release.oneWay ? json(release.oneWay) : null}, ${release.run}, ${release.author},
          ${release.committedAt}, ${release.createdAt}
        ) on conflict (project, digest) do nothing`)
      return added === 1
    },
    async lockWaiting(project, digest, to) {
      const lock = to === 'ask' ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`
      write(sql`select ${lock}(${waitingLocks}, hashtext(${`${project}/${digest}`}))`)
    },
    async list({ project, limit, before }) {
      const rows = await many<Row>(sql`select ${columns} from release where project = ${project}
        ${page(sql`created_at`, sql`digest`, { before, limit })}`)
      return rows.map(releaseOf)
    },
  }
}

function unknown(project: string, name: string): Refusal {
  return new Refusal('not_found', `no release ${name} in project ${project}; expected a version or a digest`)
}
