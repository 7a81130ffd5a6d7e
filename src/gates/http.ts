import { z } from 'zod'
import { digest, digestOfJson } from '../core/digest.ts'
import { durationWithin } from '../core/duration.ts'
import type { Subject } from '../core/gate.ts'
import { variableName } from '../core/names.ts'
import { outsideUrl } from '../core/outside-url.ts'
import { askJson } from './ask-json.ts'
import { defineGate } from './define-gate.ts'
import { gateAnswer, inWordsOf } from './gate-answer.ts'
import { headersOfSecrets } from './headers-of-secrets.ts'

const config = z.strictObject({
  url: outsideUrl.describe(
    'Gets a POST with what is asked for as JSON, and answers with status 200 and JSON: `outcome` (pass, fail, wait or inconclusive) and `reason`; and expected, observed, unblock, links, recheckAfter or recheckAt if it likes',
  ),
  'secret-headers': headersOfSecrets,
  'signing-secret': variableName
    .optional()
    .describe('The secret (`whsec_…`) of this project to sign with, by Standard Webhooks'),
  recheck: durationWithin('10s', '1d').default('5m').describe('How soon to ask again when it did not pass'),
})

const answer = gateAnswer.extend({
  outcome: z.enum(['pass', 'fail', 'wait', 'inconclusive']),
  reason: z.string().min(1).max(2000),
})

/** A service decides. Any other answer than the documented one is an error, and never a pass. */
export const http = defineGate({
  config,
  evidence: z.strictObject({
    /** Digest of what was asked. */
    asked: digest,
    answer: answer.nullable(),
    /** Why there is no answer. */
    problem: z.string().nullable(),
  }),
  reads: 'outside',
  maxAgeSeconds: 300,
  timeoutSeconds: 10,

  async observe(
    { url, 'secret-headers': secretHeaders, 'signing-secret': signedWith },
    subject,
    { outside, timeoutSeconds },
  ) {
    const body = question(subject)
    const request = {
      url,
      body,
      secretHeaders,
      timeoutSeconds: timeoutSeconds * 0.9,
      ...(signedWith && { signedWith }),
    }
    return { asked: digestOfJson(body), ...(await askJson(answer, request, outside)) }
  },

  judge({ recheck }, { asked, answer: said, problem }, subject) {
    const usual = { expected: 'the answer pass', unblock: 'whoever runs the service that was asked' }
    const times = { recheck, at: subject.at }
    if (asked !== digestOfJson(question(subject))) {
      const reason = 'the service answered about something else than this'
      return inWordsOf({}, { ...usual, outcome: 'inconclusive', reason, observed: 'another question' }, times)
    }
    if (!said) {
      return inWordsOf({}, { ...usual, outcome: 'error', reason: problem ?? 'no answer', observed: 'no answer' }, times)
    }
    const { outcome, ...words } = said
    return inWordsOf(words, { ...usual, outcome, reason: words.reason, observed: `the answer ${outcome}` }, times)
  },
})

/** What the service is told; it may grow, and nothing is taken away. */
function question({ project, environment, promotion, release, policy }: Subject) {
  const { id, class: promotionClass, attempt, requestedBy, requestedAt } = promotion
  const { digest: name, version, source, artifacts } = release
  return {
    project,
    environment,
    promotion: { id, class: promotionClass, attempt, requestedBy, requestedAt: requestedAt.toISOString() },
    release: {
      digest: name,
      version,
      repository: source.repository,
      commit: source.commit,
      branch: source.branch,
      artifacts: artifacts.map((artifact) => ({
        name: artifact.name,
        digest: artifact.digest,
        sizeBytes: artifact.sizeBytes,
        ...(artifact.image !== undefined && { image: artifact.image }),
      })),
    },
    policy,
  }
}
