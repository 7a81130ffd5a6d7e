import type { Attachment, Attachments } from '../core/attachment.ts'
import { sql, type Session } from './sql.ts'

const columns = sql`project, release, promotion, image, summary, wanted_at as "wantedAt", ended_at as "endedAt", referrer, problem`

/** Summaries beside images, in the table `attachment`. */
export function attachments({ many, change, write }: Session): Attachments {
  return {
    async add({ project, release, promotion, image, summary, wantedAt }) {
      write(sql`
        insert into attachment (project, release, promotion, image, summary, wanted_at)
        values (${project}, ${release}, ${promotion}, ${image}, ${summary}, ${wantedAt})`)
    },
    due: () => many(sql`select distinct project, image from attachment where ended_at is null`),
    waiting: (project, image) =>
      many<Attachment>(sql`select ${columns} from attachment
        where project = ${project} and image = ${image} and ended_at is null order by wanted_at, promotion`),
    of: (project, release) =>
      many<Attachment>(sql`select ${columns} from attachment
        where project = ${project} and release = ${release} order by wanted_at, promotion, image`),
    async save({ promotion, image, endedAt, referrer, problem }) {
      const saved = await change(sql`
        update attachment set ended_at = ${endedAt}, referrer = ${referrer}, problem = ${problem}
        where promotion = ${promotion} and image = ${image} and ended_at is null`)
      return saved === 1
    },
  }
}
