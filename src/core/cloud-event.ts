import { dataSchemaOf } from './entry-data.ts'
import type { EntryType, LoggedEntry } from './entry.ts'

/** An entry of the log for the outside: a CloudEvent 1.0 in JSON. Extension attributes are lower-case by its rules. */
export interface CloudEvent {
  specversion: '1.0'
  /** The entry's id: the same on every delivery, so that receivers can drop repeats. */
  id: string
  /** The installation that says it. */
  source: string
  type: EntryType
  subject: string
  time: string
  datacontenttype: 'application/json'
  /** Type and version of `data`: the `$id` of its schema in schemas/events.schema.json. */
  dataschema: string
  /** The entry's place in the log; goes up by one for each entry of the installation. */
  logindex: number
  actor: string
  project?: string
  environment?: string
  data: Record<string, unknown>
}

/** The event for one entry; the same entry always gives the same bytes. */
export function cloudEventOf(entry: LoggedEntry, source: string): CloudEvent {
  const { id, type, subject, at, index, actor, project, environment, data } = entry
  return {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: at,
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    logindex: index,
    actor,
    ...(project === null ? {} : { project }),
    ...(environment === null ? {} : { environment }),
    data,
  }
}
