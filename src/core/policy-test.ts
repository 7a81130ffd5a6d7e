import { z } from 'zod'
import { policyDigest, type Configuration, type EnvironmentDefinition } from './configuration.ts'
import { decide } from './decide.ts'
import { digest, digestOf, digestOfJson } from './digest.ts'
import { after } from './duration.ts'
import { gatesOf, judgeAgain } from './evaluate.ts'
import { freezeGates } from './freeze.ts'
import { verdict, type Evaluation, type Gate, type RequiredGate, type Subject } from './gate.ts'
import { promotionClasses, type Promotion } from './promotion.ts'
import { releaseDigest, type Release } from './release.ts'

const outcome = verdict.shape.outcome
const moment = z.iso.datetime()

const release = z.strictObject({
  version: z.string().default('1-test'),
  artifacts: z.array(z.strictObject({ name: z.string(), digest, sizeBytes: z.int().min(0).default(0) })).default([]),
  repository: z.string().default('/repository'),
  commit: z.string().default('0'.repeat(40)),
  branch: z.string().nullable().default('main'),
  'configuration-digest': digest.nullable().default(digestOf('')),
  author: z.string().nullable().default(null),
  'committed-at': moment.nullable().default(null),
  'created-at': moment.default('2026-01-01T00:00:00Z'),
})

const gateCase = z
  .strictObject({
    evidence: z.unknown().optional().describe('What the gate sees, as `lockflight gates record` writes it'),
    says: outcome.optional().describe('What it says, whatever it would see; for gates the case is not about'),
    expect: outcome.optional().describe('What it must say of that evidence'),
    reason: z.string().optional().describe('A part of the reason it must give'),
  })
  .refine(
    ({ evidence, says }) => (evidence === undefined) !== (says === undefined),
    'expected either `evidence` or `says`',
  )
  .refine(
    ({ says, expect, reason }) => says === undefined || (expect === undefined && reason === undefined),
    'expected no `expect` and no `reason` beside `says`: nothing is judged',
  )

const policyCase = z
  .strictObject({
    name: z.string().min(1),
    environment: z.string(),
    class: z.enum(promotionClasses).default('standard'),
    at: moment.default('2026-01-02T00:00:00Z').describe('When it takes place'),
    'requested-by': z.string().default('ana@local'),
    promotion: z.string().default('test').describe('The id, which approvals are bound to'),
    policy: digest
      .optional()
      .describe('The policy that recorded approvals were given under; by default the one tested'),
    release: release.prefault({}),
    gates: z.record(z.string(), gateCase).default({}),
    expect: z.enum(['start', 'wait', 'reject']).optional().describe('What must become of the promotion'),
  })
  .refine(
    (one) => one.expect !== undefined || Object.values(one.gates).some((gate) => gate.expect ?? gate.reason),
    'expected an `expect`, for the whole or for a gate: this case could not fail',
  )
type PolicyCase = z.output<typeof policyCase>

/** The file that holds a team's tests of its own policy. */
export const policyTests = z.strictObject({ cases: z.array(policyCase).min(1) })
export type PolicyTests = z.output<typeof policyTests>

/** How one case went; no problems means that it passed. */
export interface PolicyTestResult {
  name: string
  environment: string
  problems: string[]
}

/** Judges every case by the gates of that configuration, with the functions that judge promotions. Pure. */
export function testPolicy(
  { cases }: PolicyTests,
  configuration: Configuration,
  gates: Record<string, Gate>,
): PolicyTestResult[] {
  return cases.map((one) => {
    const { name, environment } = one
    const { environments } = configuration
    const definition = Object.hasOwn(environments, environment) ? environments[environment] : undefined
    if (definition) return { name, environment, problems: problemsOf(one, { configuration, definition, gates }) }
    const known = Object.keys(environments).join(', ') || 'none'
    return {
      name,
      environment,
      problems: [`expected an environment of the configuration (${known}), found ${environment}`],
    }
  })
}

interface Tested {
  configuration: Configuration
  definition: EnvironmentDefinition
  gates: Record<string, Gate>
}

function problemsOf(one: PolicyCase, { configuration, definition, gates }: Tested): string[] {
  // A case names the freezes that it is about; all others would make it depend on the day it is run.
  const freezes = freezeGates(configuration.freezes, one.environment).filter(({ id }) => Object.hasOwn(one.gates, id))
  const required = gatesOf({ ...definition, gates: [...definition.gates, ...freezes] }, one.class, gates)
  const known = required.map(({ id }) => id)
  const unknown = Object.keys(one.gates).filter((id) => !known.includes(id))
  if (unknown.length > 0) {
    const expected = known.join(', ') || 'none'
    return unknown.map(
      (id) => `expected a gate that ${one.class} promotions to ${one.environment} must pass (${expected}), found ${id}`,
    )
  }
  const promotion = promotionOf(one, configuration.project)
  const subject = subjectOf(one, promotion, definition)
  const evaluations = required.flatMap((gate) => {
    const given = Object.hasOwn(one.gates, gate.id) ? one.gates[gate.id] : undefined
    return given ? [evaluationOf(gate, given, { subject, gates })] : []
  })
  const situation = { ...subject, ...nothingElse, promotion, required, evaluations }
  return [
    ...evaluations.flatMap((evaluation) => gateProblems(evaluation, one.gates[evaluation.gate.id])),
    ...wholeProblems(one, decide(situation)),
  ]
}

/** A case is about gates only. */
const nothingElse = {
  environment: { active: null, hold: null },
  pin: null,
  quarantine: null,
  changes: [],
  overrides: [],
  nextPolicyAt: null,
  lastRecordedAt: null,
}

function evaluationOf(
  gate: RequiredGate,
  { evidence = null, says }: PolicyCase['gates'][string],
  { subject, gates }: { subject: Subject; gates: Record<string, Gate> },
): Evaluation {
  const { id, use, digest: definition, config } = gate
  const implementation = gates[use]
  if (!implementation) throw new Error(`gate ${use} was configured and does not exist`)
  return {
    id,
    promotion: subject.promotion.id,
    release: subject.release.digest,
    environment: subject.environment,
    gate: { id, use, digest: definition, config },
    evidence,
    evidenceDigest: digestOfJson(evidence),
    verdict: says
      ? verdict.parse({ outcome: says, reason: 'the case says so' })
      : judgeAgain(implementation, { config, evidence, subject }),
    at: subject.at,
  }
}

function gateProblems({ gate, verdict: said }: Evaluation, given: PolicyCase['gates'][string] | undefined): string[] {
  const { expect, reason } = given ?? {}
  return [
    ...(expect !== undefined && expect !== said.outcome
      ? [`${gate.id}: expected ${expect}, found ${said.outcome}: ${said.reason}`]
      : []),
    ...(reason !== undefined && !said.reason.includes(reason)
      ? [`${gate.id}: expected a reason with “${reason}”, found “${said.reason}”`]
      : []),
  ]
}

function wholeProblems({ expect }: PolicyCase, decision: ReturnType<typeof decide>): string[] {
  if (expect === undefined || expect === decision.next) return []
  const unmet = 'unmet' in decision ? decision.unmet.map(({ id, reason }) => `${id}: ${reason}`).join('; ') : ''
  return [`expected the promotion to ${expect}, found ${decision.next}${unmet && `: ${unmet}`}`]
}

function promotionOf(one: PolicyCase, project: string): Promotion {
  const at = new Date(one.at)
  return {
    id: one.promotion,
    project,
    environment: one.environment,
    release: releaseOf(one, project).digest,
    class: one.class,
    state: 'waiting',
    reason: '',
    requestedBy: one['requested-by'],
    requestedAt: at,
    requestReason: '',
    expiresAt: after(at, 1),
    attempt: 0,
    unmet: [],
    recheckAt: null,
    finishedAt: null,
    version: 0,
  }
}

function subjectOf(one: PolicyCase, promotion: Promotion, definition: EnvironmentDefinition): Subject {
  return {
    project: promotion.project,
    environment: promotion.environment,
    promotion,
    release: releaseOf(one, promotion.project),
    policy: one.policy ?? policyDigest(definition),
    after: definition.after,
    at: promotion.requestedAt,
  }
}

function releaseOf({ release: given }: PolicyCase, project: string): Release {
  const { version, artifacts, author, repository, commit, branch } = given
  const contents = {
    project,
    artifacts,
    source: { repository, commit, branch },
    configurationDigest: given['configuration-digest'],
  }
  const committedAt = given['committed-at']
  return {
    ...contents,
    digest: releaseDigest(contents),
    version,
    run: null,
    author,
    committedAt: committedAt === null ? null : new Date(committedAt),
    createdAt: new Date(given['created-at']),
  }
}
