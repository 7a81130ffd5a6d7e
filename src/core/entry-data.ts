import { z } from 'zod'
import { permissions, roles } from './access.ts'
import { deploymentData } from './deployment-entry.ts'
import { digest } from './digest.ts'
import type { EntryType } from './entry.ts'
import { link } from './link.ts'
import { oneWayChange } from './one-way.ts'
import { promotionClasses } from './promotion.ts'
import { reportSummary } from './report-summary.ts'

const text = z.string()
const time = z.iso.datetime()
const count = z.int().nonnegative()
const reason = text.describe('Why, in the words of whoever did it')
const source = z.strictObject({ repository: text, commit: text, branch: text.nullable() })
const artifact = z.strictObject({
  name: text,
  digest,
  sizeBytes: count,
  sha512: z.string().optional(),
  image: text.optional().describe('Where it is as a container image, of which the digest is'),
})
const cut = z.literal(true).optional().describe('There when it was too long for an entry, and texts or lists are cut')
const nothing = z.strictObject({})

const ended = z.strictObject({ release: digest, reason, cut })
const gate = z.strictObject({
  gate: text,
  use: text,
  definition: digest.describe('Of the settings it was asked with'),
  evaluation: text.describe('The id of the recorded verdict'),
  evidence: digest.nullable().describe('Of what the gate saw; null when it saw nothing'),
  release: digest,
  shadow: z.literal(true).optional().describe('There when the gate only watches, and stops nothing'),
  outcome: z.enum(['pass', 'wait', 'fail', 'inconclusive', 'error']),
  reason: text,
  links: z.array(link),
  cut,
})
const answer = z.strictObject({ approval: text, release: digest, policy: digest, binds: digest, reason })
const risk = text.describe('What can go wrong, in the words of who accepts it')
const override = {
  override: text,
  gate: text,
  definition: digest.describe('Of the settings of the gate'),
  release: digest,
  policy: digest,
  binds: digest.describe('Of everything it is a yes to'),
  reason,
  risk,
  expiresAt: time,
  cut,
}
const member = z.strictObject({ kind: z.enum(['human', 'machine']), name: text, emails: z.array(text) })
const grant = z.strictObject({
  role: z.enum(roles),
  actor: text.optional(),
  project: text.nullable().optional(),
  environment: text.nullable().optional(),
})
const attached = {
  release: digest,
  image: text.describe('With its digest, as registry/name@sha256:…'),
  summary: digest.describe('Of the bundle'),
}
const membership = z.strictObject({ group: text })
const scope = z.strictObject({ project: text.optional(), permissions: z.array(z.enum(permissions)).optional() })

/** The version of all types below: it goes up only when a field changes its meaning, and fields are only ever added. */
export const entryDataVersion = 1

/** What the `data` of each type of entry holds; a type without a schema does not compile. */
export const entryData: Record<EntryType, z.ZodObject> = {
  'revision.proposed': z.strictObject({ digest, replaces: digest }),
  'revision.confirmed': z.strictObject({ digest, replaces: digest, proposedBy: text }),
  'revision.applied': z.strictObject({
    number: count,
    digest,
    replaces: digest.nullable(),
    inForceAt: time,
    confirmedBy: text.nullable().describe('The second person, where the policy asks for one'),
  }),
  'run.queued': z.strictObject({ number: count, source }),
  'run.started': z.strictObject({ number: count, source, requestedBy: text }),
  'run.cancel-requested': z.strictObject({ number: count, reason }),
  'run.completed': z.strictObject({
    number: count,
    outcome: z.enum(['succeeded', 'failed', 'cancelled']),
    reason: text,
    release: digest.nullable(),
    jobs: z.record(text, text).describe('How each job ended'),
  }),
  'release.created': z.strictObject({
    version: text,
    source,
    artifacts: z.array(artifact),
    oneWay: z.array(oneWayChange).optional().describe('What it does that no rollback can undo'),
    run: text.nullable(),
    provenance: digest,
    committedAt: time.nullable(),
  }),
  'artifact.uploaded': z.strictObject({ digest, sizeBytes: z.int() }),
  'release.imported': z.strictObject({
    version: text,
    source,
    artifacts: z.array(artifact),
    bundles: z.array(digest).describe('What was signed about it, each to be judged by the gates'),
  }),
  'release.attested': z.strictObject({
    version: text,
    bundles: z.array(digest).describe('What was signed about it and came in later'),
  }),
  'evidence.added': z.strictObject({
    report: text.describe('The id of the report'),
    format: text,
    job: text.nullable().describe('Null when it was handed in'),
    run: text.nullable(),
    path: text,
    digest: digest.describe('Of the file as it came in'),
    receipt: digest.describe('Of the attestation that binds it'),
    summary: reportSummary,
  }),
  'release.quarantined': z.strictObject({
    version: text,
    reason,
    running: z.array(z.strictObject({ environment: text, promotion: text })).describe('Where it is being deployed'),
    liveIn: z.array(text).describe('The environments where it runs'),
    cut,
  }),
  'release.quarantine-lifted': z.strictObject({
    version: text,
    reason,
    by: text.describe('Who had put it there'),
    was: text.describe('Why'),
  }),
  'promotion.requested': z.strictObject({
    release: digest,
    version: text,
    class: z.enum(promotionClasses),
    reason,
    expiresAt: time,
  }),
  'promotion.rejected': ended,
  'promotion.cancelled': ended,
  'promotion.superseded': z.strictObject({ by: text.describe('The promotion that took its place'), release: digest }),
  'promotion.expired': ended,
  'gate.passed': gate,
  'gate.waiting': gate,
  'gate.failed': gate,
  'approval.granted': answer,
  'approval.refused': answer,
  'override.requested': z.strictObject(override),
  'override.granted': z.strictObject({ ...override, requestedBy: text }),
  'override.withdrawn': z.strictObject({
    override: text,
    gate: text,
    release: digest,
    requestedBy: text,
    reason,
    cut,
  }),
  'override.used': z.strictObject({
    override: text,
    gate: text,
    attempt: count,
    release: digest,
    outcome: z.enum(['wait', 'fail', 'inconclusive', 'error']).describe('What the gate said all the same'),
    overrode: text.describe('Why it said so'),
    by: text.describe('Who asked for the override'),
    confirmedBy: text.nullable(),
    reason,
    risk,
    cut,
  }),
  'deploy.started': deploymentData,
  'deploy.completed': deploymentData.extend({
    outcome: z.enum(['succeeded', 'failed']),
    reason: text.describe('Why it failed; empty when it did not'),
    committedAt: time.nullable().describe('When the commit was made; null when that is not known'),
    releaseCreatedAt: time,
    startedAt: time,
    finishedAt: time.nullable(),
    durationSeconds: z.number().nullable().describe('From the start to the end'),
    rollbackOf: digest.nullable().describe('What a rollback put away'),
    summary: digest.nullable().describe('Of the signed verification summary; null when there is none'),
  }),
  'deploy.abort-requested': z.strictObject({
    release: digest,
    attempt: count,
    fence: count,
    candidateWeight: z.number().describe('Percent of the traffic it had by then'),
    reason,
  }),
  'rollout.shifted': z.strictObject({
    attempt: count,
    fence: count,
    release: digest,
    weights: z.strictObject({ live: z.number(), candidate: z.number() }).describe('Percent of the traffic'),
  }),
  'summary.attached': z.strictObject({ ...attached, referrer: digest.describe('What was made in the registry') }),
  'summary.given-up': z.strictObject({ ...attached, reason: text.describe('Why it is not there') }),
  'rollback.executed': deploymentData.extend({
    from: digest.nullable().describe('The release that was put away'),
    fromPromotion: text.nullable().describe('The promotion that had brought it'),
    to: digest,
    reason,
  }),
  'drill.started': z.strictObject({
    release: digest.describe('What is live'),
    version: text,
    target: digest.describe('What it goes back to'),
    targetVersion: text,
    back: text.describe('The promotion that goes back'),
    reason,
  }),
  'drill.completed': z.strictObject({
    outcome: z.enum(['succeeded', 'failed']),
    reason: text.describe('Why it failed; empty when it did not'),
    release: digest,
    target: digest,
    back: text,
    forth: text.nullable().describe('The promotion that brought the release back; null when it did not come so far'),
    receipt: digest.nullable().describe('Of the signed statement about it; null when it failed'),
    durationSeconds: z.number(),
    cut,
  }),
  'environment.held': z.strictObject({ reason, by: text }),
  'environment.pinned': z.strictObject({ release: digest, version: text, reason, cut }),
  'environment.unpinned': z.strictObject({
    release: digest,
    reason,
    pinnedBy: text,
    pinnedFor: text,
    cut,
  }),
  'environment.resumed': z.strictObject({ reason, heldBy: text, heldFor: text.describe('The reason of the hold') }),
  'environment.taken-down': z.strictObject({
    reason,
    release: digest.describe('What was live'),
    promotion: text.describe('The promotion that had brought it'),
  }),
  'secret.set': nothing,
  'secret.removed': nothing,
  'member.added': member,
  'member.changed': member,
  'member.disabled': nothing,
  'grant.added': grant,
  'grant.removed': grant,
  'group.joined': membership,
  'group.left': membership,
  'token.created': z.strictObject({ owner: text, label: text, scope, expiresAt: time }),
  'token.revoked': z.strictObject({ owner: text }),
  'key.created': z.strictObject({
    purpose: text,
    publicKey: text.optional().describe('Absent for an identity, which signs with certificates'),
    identity: text.optional(),
    issuer: text.optional(),
    root: digest.optional().describe('Of the trusted root by which certificates of that identity count'),
    log: text.optional().describe('The key of the log, when the server itself said so at its start'),
  }),
  'key.retired': z.strictObject({
    by: text.describe('The key that signs from now on'),
    validUntil: time.describe('What it signs later does not count'),
    reason,
  }),
  'key.revoked': z.strictObject({
    reason,
    from: time.nullable().describe('What was stored here before that still counts; null: nothing of it does'),
  }),
  'log.loss-accepted': z.strictObject({
    lost: z.strictObject({ size: count, root: text }).describe('The newest checkpoint that was signed'),
    kept: z.strictObject({ size: count, root: text.nullable() }).describe('Where the log goes on from'),
    reason,
  }),
  'access.denied': z.strictObject({ permission: text, code: text, reason: text, id: text.optional() }),
}

/** Names the schema of one type and version, as `dataschema` of its events does. */
export function dataSchemaOf(type: EntryType): string {
  return `urn:lockflight:event:${type}:${entryDataVersion}`
}

/** All schemas as one JSON Schema 2020-12, by type under `$defs`. They allow more fields, because later versions add some. */
export function entryDataJsonSchema(): Record<string, unknown> {
  const schemas = Object.entries(entryData).map(([type, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { override: ({ jsonSchema }) => openUp(jsonSchema) })
    return [type, { $id: dataSchemaOf(type as EntryType), ...rest }]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The data of events, by type',
    $defs: Object.fromEntries(schemas) as Record<string, unknown>,
  }
}

function openUp(schema: { additionalProperties?: unknown }): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties
}
