import { z } from 'zod'
import type { Statement } from '../core/attestation.ts'
import { inTotoPayloadType } from '../core/dsse.ts'
import { readJson } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/** in-toto Statement v1, and v0.1 as older tools still sign it; more digests beside the SHA-256 are allowed. */
const statement = z.strictObject({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: z
    .array(
      z.object({
        name: z.string().optional(),
        digest: z.record(z.string(), z.string()),
      }),
    )
    .min(1),
  predicateType: z.string().min(1),
  predicate: z.record(z.string(), z.unknown()).optional(),
})

/** An in-toto statement; throws `Disbelieved` for anything else. */
export function readStatement(bytes: Uint8Array): z.output<typeof statement> {
  const read = statement.safeParse(readJson(bytes, 'statement.malformed'))
  if (read.success) return read.data
  throw new Disbelieved('statement.malformed', z.prettifyError(read.error))
}

/** The statement in an envelope whose signature was checked, read from the very bytes that were signed; the artifact must be one of its subjects, by SHA-256 (A11). */
export function subjectOf(envelope: { payload: Uint8Array; payloadType: string }, sha256: string): Statement {
  if (envelope.payloadType !== inTotoPayloadType) {
    throw new Disbelieved('statement.malformed', `expected ${inTotoPayloadType}, found ${envelope.payloadType}`)
  }
  const { subject, predicateType, predicate = {} } = readStatement(envelope.payload)
  if (!subject.some(({ digest }) => Object.hasOwn(digest, 'sha256') && digest['sha256'] === sha256)) {
    const found = subject.map(({ digest }) => digest['sha256'] ?? 'none').join(', ')
    throw new Disbelieved('provenance.subject', `expected a statement about sha256:${sha256}, found one about ${found}`)
  }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subject.flatMap(({ name = '', digest }) =>
      digest['sha256'] ? [{ name, digest: { sha256: digest['sha256'] } }] : [],
    ),
    predicateType,
    predicate,
  }
}
