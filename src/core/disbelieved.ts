/** Every reason for which a proof is not believed; the list is closed, so that policies and tests can name each. */
export const disbeliefs = [
  'bundle.malformed',
  'bundle.unsupported',
  'root.malformed',
  'key.malformed',
  'key.revoked',
  'key.validity',
  'signature.invalid',
  'signature.digest',
  'signature.key-unknown',
  'signature.identity',
  'signature.algorithm',
  'certificate.invalid',
  'certificate.chain',
  'tlog.missing',
  'tlog.inclusion',
  'tlog.body',
  'tlog.checkpoint',
  'tlog.malformed',
  'tlog.proof',
  'timestamp.missing',
  'timestamp.invalid',
  'timestamp.age',
  'statement.malformed',
  'policy.malformed',
  'provenance.subject',
  'provenance.predicate',
  'provenance.builder',
  'provenance.source',
  'provenance.parameters',
  'provenance.level',
  'provenance.threshold',
  'provenance.missing',
  'webhook.malformed',
  'webhook.signature',
] as const
export type Disbelief = (typeof disbeliefs)[number]

/** A proof that is not believed: why, in one word for machines and one sentence for people. */
export class Disbelieved extends Error {
  readonly reason: Disbelief

  constructor(reason: Disbelief, detail: string, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'Disbelieved'
    this.reason = reason
  }
}
