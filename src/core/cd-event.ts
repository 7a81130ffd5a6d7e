import { z } from 'zod'
import { contentOf, uri, uriReference } from './cd-event-content.ts'
import { problemText } from './problem-text.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

const name = z.string().min(1)
const version = String.raw`(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?`
/** `dev.cdevents.<subject>.<predicate>.<version>`, and what tools name themselves. */
const eventType = new RegExp(String.raw`^dev\.cdevents(?:\.[a-z]+|x\.[a-z0-9]+-[a-z0-9]+)\.[a-z]+\.${version}$`)

const contextId = z.looseObject({ contextId: name })
const tags = z.record(z.string(), z.unknown()).optional()

const link = z.discriminatedUnion('linkType', [
  z.strictObject({ linkType: z.literal('RELATION'), linkKind: name, target: contextId.partial(), tags }),
  z.strictObject({ linkType: z.literal('PATH'), from: contextId, tags }),
  z.strictObject({ linkType: z.literal('END'), from: contextId.optional(), tags }),
])

const context = z.strictObject({
  specversion: z.string().regex(/^0\.[45]\.\d+$/, 'expected CDEvents 0.4 or 0.5'),
  id: name,
  source: uriReference,
  type: z.string().regex(eventType, 'expected dev.cdevents.<subject>.<predicate>.<version>'),
  timestamp: z.iso.datetime({ offset: true }),
  schemaUri: uri.optional(),
  chainId: name.optional(),
  links: z.array(link).optional(),
})

const subject = z.strictObject({
  id: name,
  source: uriReference.optional(),
  type: name.optional(),
  content: z.record(z.string(), z.unknown()),
})

const cdEvent = z
  .strictObject({
    context,
    subject,
    customData: z.union([z.record(z.string(), z.unknown()), z.base64()]).optional(),
    customDataContentType: z.string().optional(),
  })
  .superRefine((event, refinement) => {
    const read = contentOf(event.context.type.replace('dev.cdevents.', '')).safeParse(event.subject.content, {
      error: problemText,
    })
    for (const issue of read.error?.issues ?? [])
      refinement.addIssue({ ...issue, code: 'custom', path: ['subject', 'content', ...issue.path] })
    // It stands in the type of the event as well since 0.5, where only tickets still name it.
    if (event.context.specversion.startsWith('0.4.') && event.subject.type === undefined)
      refinement.addIssue({ code: 'custom', path: ['subject', 'type'], message: 'expected the type of the subject' })
  })
/** One event of CDEvents 0.4 or 0.5 (cdevents.dev). */
export type CdEvent = z.output<typeof cdEvent>

/** Reads one event from JSON; refuses what is none, naming every place. */
export function readCdEvent(source: Uint8Array | string): CdEvent {
  const read = cdEvent.safeParse(parseStrictJson(source), { error: problemText })
  if (read.success) return read.data
  const problems = read.error.issues.map(({ path, message }) => ({ at: path.join('.') || 'the event', message }))
  throw new Refusal('unprocessable', 'not an event of CDEvents', { reason: 'event.malformed', problems })
}
