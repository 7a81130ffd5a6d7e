import { z } from 'zod'
import type { ActorId } from './actor.ts'
import type { Approval } from './approval.ts'
import type { Attestation, TrustedKey } from './attestation.ts'
import type { Inspection } from './deployer.ts'
import type { Deployment } from './deployment.ts'
import type { Digest } from './digest.ts'
import type { Drill } from './drill.ts'
import type { GateRequest, HttpAnswer, HttpRequest } from './http-request.ts'
import { link } from './link.ts'
import type { OneWayDeployment } from './one-way.ts'
import type { Before } from './page.ts'
import type { Promotion, PromotionClass } from './promotion.ts'
import type { Release, Source } from './release.ts'
import type { StandingReport } from './report.ts'
import type { SourceChange } from './source-change.ts'

/** What a gate says. `fail` may still change with new evidence; `final` means it cannot, and the promotion is rejected. */
export const verdict = z.strictObject({
  outcome: z.enum(['pass', 'fail', 'wait', 'inconclusive', 'error']),
  reason: z.string().min(1),
  expected: z.string().default(''),
  observed: z.string().default(''),
  links: z.array(link).default([]),
  /** Who or what can change it. */
  unblock: z.string().default(''),
  /** ISO 8601; when it can change by itself. */
  recheckAt: z.iso.datetime().nullable().default(null),
  /** ISO 8601; of a pass: when it ends by itself, such as when a window closes; null when nothing but an act ends it. */
  until: z.iso.datetime().nullable().default(null),
  final: z.boolean().default(false),
})
export type Verdict = z.output<typeof verdict>
export type VerdictInput = z.input<typeof verdict>

/** What is being judged. `at` is the database's time of this evaluation, so that judging stays pure. */
export interface Subject {
  project: string
  environment: string
  promotion: Pick<Promotion, 'id' | 'class' | 'attempt' | 'requestedBy' | 'requestedAt'>
  release: Release
  policy: Digest
  /** Environments that come before this one. */
  after: string[]
  at: Date
}

/**
 * What decides when a gate can change its answer, and its place in every list: `static` ones look at what cannot change
 * any more or only by an act, `people` count people, `dynamic` ones change with time or with the world outside.
 */
export const gateKinds = ['static', 'people', 'dynamic'] as const
export type GateKind = (typeof gateKinds)[number]

/** One condition that must hold before a promotion may deploy. */
export interface Gate<Config = unknown, Evidence = unknown> {
  /** Settings; a strict object without transforms. */
  config: z.ZodObject & z.ZodType<Config>
  /** What `observe` brings back; plain JSON, stored canonically. */
  evidence: z.ZodType<Evidence>
  /** `records`: observes only what Lockflight itself stores, and is observed again inside the transaction that starts the deployment. `outside`: asks the world; its verdict may be reused for `maxAgeSeconds`. */
  reads: 'records' | 'outside'
  /** `dynamic` when absent and it looks outside, else `static`. */
  kind?: GateKind
  maxAgeSeconds: number
  /** How long one look may take when the environment does not say; a minute when absent. */
  timeoutSeconds?: number
  /** True when no class of promotion may skip it, it cannot be a shadow, and nobody overrides it unless the environment says so. */
  always?: boolean
  /** True for a class of promotion that passes whatever it sees; it is asked all the same, of rollbacks too, so that its verdict says so. */
  letsThrough?(config: Config, promotionClass: PromotionClass): boolean
  /** Other environments whose deployments can change its answer, besides those that come before. */
  watches?(config: Config): string[]
  /** True when it wants to know what changed since the release that runs there now. */
  comparesSource?(config: Config): boolean
  /** Only for gates that count people: why this person's yes could never count (`asked for it`), or null. */
  excludes?(config: Config, subject: Subject, person: ActorId): string | null
  /** Only for gates that count people: true when a yes that does not say why could never count. */
  wantsReason?(config: Config): boolean
  /** Reads the world. A throw means the source is down: the verdict is then `error`, never `pass`. */
  observe(config: Config, subject: Subject, world: World): Promise<Evidence>
  /** Pure: the same evidence always gives the same verdict, today and in a backtest next year. */
  judge(config: Config, evidence: Evidence, subject: Subject): VerdictInput
  /** Only for gates that pass on what was signed: which attestations a pass rests on, by the same evidence. Pure. */
  restsOn?(config: Config, evidence: Evidence, subject: Subject): Grounds
}

/** What a pass rests on. */
export interface Grounds {
  attestations: Digest[]
  /** The SLSA Build level that they prove; null when they say nothing of it. */
  level: number | null
}

/** What gates may look at. */
export interface World {
  records: Records
  outside: GateOutside
  /** How long this gate may take, all its looks together; later is an error. */
  timeoutSeconds: number
}

/** Reads of this installation's own records, about the subject's project. */
export interface Records {
  /** Deployments of the release, newest first. */
  deploymentsOf(release: Digest, environment: string): Promise<Deployment[]>
  /** What was deployed successfully last, with when. */
  liveIn(environment: string): Promise<Deployment | null>
  /** Answers to this promotion, each with whether its giver may still give it. */
  approvals(group: string | null): Promise<StandingApproval[]>
  /** How many people are in it now. */
  groupSize(group: string): Promise<number>
  /** Of how it was made, not of what was reported about it. */
  attestations(release: Digest): Promise<Attestation[]>
  /** The same, with those about reports. */
  bundles(release: Digest): Promise<Attestation[]>
  /** The newest of each format, job and path; one with a `disbelief` says nothing but that. */
  reports(release: Digest): Promise<StandingReport[]>
  keys(): Promise<TrustedKey[]>
  /** Refuses with `not_found`. */
  release(digest: Digest): Promise<Release>
  /** What git says changed between two commits; null when it was not asked, which only happens for a gate that `comparesSource`. */
  sourceChange(from: string, to: string): Promise<SourceChange | null>
  /** Of releases that declare one-way changes, however they ended, oldest first. */
  oneWayDeployments(environment: string): Promise<OneWayDeployment[]>
  /** The newest, newest first. */
  drills(environment: string): Promise<Drill[]>
  /** When automation was stopped there, oldest first; null while it still is. */
  holdsIn(environment: string): Promise<Span[]>
  /** When something else than this release was in place there without having been found healthy, newest first; null while it is. */
  displacedIn(environment: string, release: Digest): Promise<Span[]>
}

/** A time that is over, or goes on. */
export interface Span {
  from: Date
  until: Date | null
}

/** An approval with what is true of its giver now. */
export interface StandingApproval extends Approval {
  /** A person, enabled, with the permission to approve in this environment today. */
  mayApprove: boolean
  /** In the group asked for; true when no group was asked for. */
  inGroup: boolean
}

/** The world beyond this installation: the only way a gate can reach it. Every call ends by itself, within its time limit, and throws when the world did not answer. */
export interface Outside {
  /** Runs a command without a shell between: the script goes to bash as a file, values as environment variables and nothing else. Throws when it is not done in time, after ending everything it started. */
  command(script: string, env: Record<string, string>, timeoutSeconds: number): Promise<CommandResult>
  /** Sends one request, to addresses that the operator of this server lets it reach; throws a `Refusal` with code `unavailable` when no whole answer came. */
  http(request: HttpRequest): Promise<HttpAnswer>
}

/** The same for the gates of one project: its secrets are put into requests on the way out. */
export interface GateOutside extends Pick<Outside, 'command'> {
  http(request: GateRequest): Promise<HttpAnswer>
  /** A file as it was committed there; refuses with `not_found`, and with `too_large` above `limitBytes`. */
  file(source: Source, path: string, limitBytes: number): Promise<Uint8Array>
  /** What the deployer of an environment says runs there now. */
  inspect(environment: string): Promise<Inspection>
  /** Stands for a text that nobody may see: the same for the same text, but only during this one look, and of no use to whoever guesses. */
  hide(text: string): string
}

/** How a command ended; what it wrote is cut to a bounded length. */
export interface CommandResult {
  /** As a shell reports it: 128 and the signal's number when a signal ended it. */
  exitCode: number
  /** The end of what it printed, both streams in the order they came. */
  output: string
  /** What it wrote to the file named by $LOCKFLIGHT_ANSWER; empty when it wrote nothing. */
  answer: string
}

/** A gate as an environment names it. */
export interface GateDefinition {
  id: string
  use: string
  /** Digest of the whole definition, so that a verdict tells which settings it was made with. */
  digest: Digest
  config: Record<string, unknown>
  /** Judged and recorded, and never in the way. */
  shadow?: true
}

/** A gate that is evaluated for a promotion; all but shadows must pass. */
export interface RequiredGate extends GateDefinition {
  reads: Gate['reads']
  kind: GateKind
  /** How old its verdict may be when a deployment starts on it; 0: made at that very moment. */
  maxAgeSeconds: number
  timeoutSeconds: number
  /** How long it must have passed without a break once it has failed. */
  stableForSeconds: number
  /** Whether two people may let a promotion past it. */
  overridable: boolean
}

/** One verdict with everything needed to make it again: an immutable row. */
export interface Evaluation {
  id: string
  promotion: string
  release: Digest
  environment: string
  gate: GateDefinition
  evidence: unknown
  evidenceDigest: Digest | null
  verdict: Verdict
  at: Date
}

/** Which verdicts to list, newest first; what is absent does not narrow. */
export interface EvaluationQuery {
  project: string
  environment?: string
  gate?: string
  outcome?: Verdict['outcome']
  promotion?: string
  release?: Digest
  since?: Date
  limit: number
  before?: Before
}

/** A gate said something else than before, about one release in one environment, whichever promotion asked. */
export interface OutcomeChange {
  gate: string
  /** Digest of the gate's definition then. */
  definition: Digest
  outcome: Verdict['outcome']
  at: Date
}

/** Verdicts of all promotions. */
export interface Evaluations {
  /** The newest verdict of each gate. */
  latest(promotion: string): Promise<Evaluation[]>
  /** What each gate said last before that moment, and every change since, oldest first; of all promotions of that release there. */
  changes(place: { project: string; environment: string; release: Digest }, since: Date): Promise<OutcomeChange[]>
  /** Every verdict of these promotions, oldest first. */
  of(promotions: string[]): Promise<Evaluation[]>
  list(query: EvaluationQuery): Promise<Evaluation[]>
  /** Gates in shadow whose newest verdict is no pass, of each of these promotions. */
  shadowsAgainst(promotions: string[]): Promise<{ promotion: string; gate: string }[]>
  add(evaluations: Evaluation[]): Promise<void>
}
