import { z } from 'zod'
import type { Statement } from '../core/attestation.ts'
import { digestsText, isOf, type DigestSet, type KnownBytes } from '../core/digest-set.ts'
import { inTotoPayloadType } from '../core/dsse.ts'
import { readJson } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/** in-toto Statement v1, and v0.1 as older tools still sign it; digests of other kinds are allowed beside the two that count. */
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

/** What a statement says, of whatever it is about. */
export type SignedStatement = Pick<Statement, 'predicateType' | 'predicate'>

/** An in-toto statement; throws `Disbelieved` for anything else. */
export function readStatement(bytes: Uint8Array): z.output<typeof statement> {
  const read = statement.safeParse(readJson(bytes, 'statement.malformed'))
  if (read.success) return read.data
  throw new Disbelieved('statement.malformed', z.prettifyError(read.error))
}

/** The statement in an envelope whose signature was checked, read from the very bytes that were signed; the artifact must be one of its subjects (A11). */
export function statementAbout(
  envelope: { payload: Uint8Array; payloadType: string },
  artifact: KnownBytes,
): SignedStatement {
  if (envelope.payloadType !== inTotoPayloadType) {
    throw new Disbelieved('statement.malformed', `expected ${inTotoPayloadType}, found ${envelope.payloadType}`)
  }
  const { subject, predicateType, predicate = {} } = readStatement(envelope.payload)
  const named = subject.map(digestsIn)
  if (named.some((each) => isOf(each, artifact))) return { predicateType, predicate }
  const found = digestsText(named)
  throw new Disbelieved('provenance.subject', `expected a statement about ${artifact.digest}, found one about ${found}`)
}

/** Only what stands in it itself counts. */
export function digestsIn({ digest }: { digest: Record<string, string> }): DigestSet {
  const own = (name: string) => (Object.hasOwn(digest, name) ? digest[name] : undefined)
  return { sha256: own('sha256'), sha512: own('sha512') }
}
