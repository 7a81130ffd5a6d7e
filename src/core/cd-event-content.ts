import { z } from 'zod'

/*
 * What CDEvents 0.5 (cdevents.dev, `schemas/`) lets each kind of event say about its subject. Other versions of the same kinds are
 * not checked here.
 */

const text = z.string()
const name = z.string().min(1)
const printable = /^[!#-;=?-[\]_a-z~%]+$/

/** A URI reference (RFC 3986), as far as its characters go. */
export const uriReference = z.string().regex(printable, 'expected a URI reference')
/** A URI with its scheme. */
export const uri = uriReference.regex(/^[A-Za-z][A-Za-z0-9+.-]*:/, 'expected a URI with a scheme')

const reference = z.strictObject({ id: name, source: uriReference.optional() })
const looseReference = z.strictObject({ id: name, source: text.optional() })
const bill = z.strictObject({ uri: uriReference })
const outcome = z.enum(['success', 'failure', 'cancel', 'error'])
const severity = z.enum(['low', 'medium', 'high', 'critical']).optional()
const trigger = z
  .looseObject({
    type: z.enum(['manual', 'pipeline', 'event', 'schedule', 'other']).optional(),
    uri: uri.optional(),
  })
  .optional()
const suite = z
  .strictObject({ id: name, version: text.optional(), name: text.optional(), uri: uri.optional() })
  .optional()
const testKinds = [
  'performance',
  'functional',
  'unit',
  'security',
  'compliance',
  'integration',
  'e2e',
  'other',
] as const
const testCase = z
  .strictObject({
    id: name,
    version: text.optional(),
    name: text.optional(),
    type: z.enum(testKinds).optional(),
    uri: uri.optional(),
  })
  .optional()

const nothing = {}
const repository = { repository: reference.optional() }
const repositoryAbout = { owner: text.optional(), viewUrl: uri.optional() }
const anyRepository = { ...repositoryAbout, name: text.optional(), uri: uri.optional() }
const environment = { name: text.optional(), uri: uri.optional() }
const incident = {
  description: text.optional(),
  environment: reference,
  service: reference.optional(),
  artifactId: name.optional(),
}
const run = { uri: uri.optional() }
const task = { ...run, taskName: text.optional(), pipelineRun: reference.optional() }
const delivered = { environment: reference, artifactId: name }
const oneTest = { environment: reference, testSuiteRun: looseReference.optional(), testCase }
const ticket = {
  ticketType: text.optional(),
  group: text.optional(),
  assignees: z.array(text).optional(),
  priority: text.optional(),
  labels: z.array(text).optional(),
  milestone: text.optional(),
  uri: uriReference,
}
const anyTicket = { ...ticket, summary: text.optional(), creator: name.optional(), updatedBy: text.optional() }

const shapes: Record<string, z.ZodRawShape> = {
  'artifact.deleted.0.2.0': { user: name.optional() },
  'artifact.downloaded.0.2.0': { user: name.optional() },
  'artifact.packaged.0.3.0': { change: reference, sbom: bill.optional() },
  'artifact.published.0.3.0': { sbom: bill.optional(), user: name.optional() },
  'artifact.signed.0.3.0': { signature: name },
  'branch.created.0.3.0': repository,
  'branch.deleted.0.3.0': repository,
  'build.finished.0.3.0': { artifactId: text.optional() },
  'build.queued.0.3.0': nothing,
  'build.started.0.3.0': nothing,
  'change.abandoned.0.3.0': repository,
  'change.created.0.4.0': { ...repository, description: name.optional() },
  'change.merged.0.3.0': repository,
  'change.reviewed.0.3.0': repository,
  'change.updated.0.3.0': repository,
  'environment.created.0.3.0': environment,
  'environment.deleted.0.3.0': { name: text.optional() },
  'environment.modified.0.3.0': environment,
  'incident.detected.0.3.0': incident,
  'incident.reported.0.3.0': { ...incident, ticketURI: uri },
  'incident.resolved.0.3.0': incident,
  'pipelinerun.finished.0.3.0': {
    ...run,
    pipelineName: text.optional(),
    outcome: outcome.optional(),
    errors: text.optional(),
  },
  'pipelinerun.queued.0.3.0': { ...run, pipelineName: text.optional() },
  'pipelinerun.started.0.3.0': { pipelineName: text, uri },
  'repository.created.0.3.0': { ...repositoryAbout, name, uri },
  'repository.deleted.0.3.0': anyRepository,
  'repository.modified.0.3.0': anyRepository,
  'service.deployed.0.3.0': delivered,
  'service.published.0.3.0': { environment: reference.optional() },
  'service.removed.0.3.0': { environment: reference.optional() },
  'service.rolledback.0.3.0': delivered,
  'service.upgraded.0.3.0': delivered,
  'taskrun.finished.0.3.0': { ...task, outcome: text.optional(), errors: text.optional() },
  'taskrun.started.0.3.0': task,
  'testcaserun.finished.0.3.0': { ...oneTest, outcome, severity, reason: text.optional() },
  'testcaserun.queued.0.3.0': { ...oneTest, trigger },
  'testcaserun.skipped.0.2.0': { ...oneTest, environment: reference.optional(), reason: text.optional() },
  'testcaserun.started.0.3.0': { ...oneTest, trigger },
  'testoutput.published.0.3.0': {
    outputType: z.enum(['report', 'video', 'image', 'log', 'other']),
    format: text,
    uri: uri.optional(),
    testCaseRun: looseReference.optional(),
  },
  'testsuiterun.finished.0.3.0': {
    environment: reference,
    testSuite: suite,
    outcome,
    severity,
    reason: text.optional(),
  },
  'testsuiterun.queued.0.3.0': { environment: reference, testSuite: suite, trigger },
  'testsuiterun.started.0.3.0': { environment: reference, testSuite: suite, trigger },
  'ticket.closed.0.2.0': { ...anyTicket, resolution: name },
  'ticket.created.0.2.0': { ...ticket, summary: text, creator: name },
  'ticket.updated.0.2.0': anyTicket,
}

const anything = z.record(z.string(), z.unknown())

/** What an event of that type, without `dev.cdevents.`, may say; anything where that very version is not known here. */
export function contentOf(type: string): z.ZodType {
  const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined
  return shape ? z.strictObject(shape) : anything
}
