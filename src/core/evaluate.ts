import { z } from 'zod'
import type { Chosen, EnvironmentDefinition } from './configuration.ts'
import { canonical, digestOf, digestOfJson, type Digest } from './digest.ts'
import { after, inWords, seconds } from './duration.ts'
import { gateKinds, verdict } from './gate.ts'
import type { Evaluation, Gate, Grounds, RequiredGate, Subject, Verdict, World } from './gate.ts'
import { goesBack, type PromotionClass } from './promotion.ts'

type Gates = Record<string, Gate>

/** How long after an error a gate is asked again. */
const retrySeconds = 60

/** What a gate asks gets its own limit, and can say better than we why it did not answer. */
const graceSeconds = 2

/** How long a gate may look, and must pass again after a failure seen outside, when nobody says otherwise. */
const usual = { timeoutSeconds: 60, stableForSeconds: 60 }

/**
 * The gates that are evaluated for a promotion of that class: static ones, then people, then dynamic ones, each in the
 * order of the file. `upstream`, and `reversible` for what goes back, come first without being written down. Shadows are among them.
 */
export function gatesOf(
  { after: before, gates: chosen }: Pick<EnvironmentDefinition, 'after' | 'gates'>,
  promotionClass: PromotionClass,
  gates: Gates,
): RequiredGate[] {
  const required = chosen
    .filter((one) => applies(one, promotionClass, gates))
    .map((one) => {
      const gate = asRequired(one, gates)
      // Nothing it said to others may hold up what it lets through.
      return letsThrough(one, promotionClass, gates) ? { ...gate, stableForSeconds: 0 } : gate
    })
  const implied = goesBack(promotionClass) ? ['reversible'] : before.length > 0 ? ['upstream'] : []
  const missing = implied.filter((name) => !required.some(({ use }) => use === name))
  const all = [...missing.map((use) => asRequired({ use }, gates)), ...required]
  return all.toSorted((one, other) => gateKinds.indexOf(one.kind) - gateKinds.indexOf(other.kind))
}

function applies(chosen: Chosen, promotionClass: PromotionClass, gates: Gates): boolean {
  const { use, classes } = chosen
  if (find(gates, use)?.always) return true
  if (Array.isArray(classes)) return classes.includes(promotionClass)
  return !goesBack(promotionClass) || letsThrough(chosen, promotionClass, gates)
}

function letsThrough(chosen: Chosen, promotionClass: PromotionClass, gates: Gates): boolean {
  const gate = find(gates, chosen.use)
  if (!gate?.letsThrough) return false
  const settings = gate.config.safeParse(partsOf(chosen).config)
  return settings.success && gate.letsThrough(settings.data, promotionClass)
}

/** A gate that is not here is as strict as can be: never reused, never a shadow, and overridden only where the environment says so. */
function asRequired(chosen: Chosen, gates: Gates): RequiredGate {
  const { use, id = use } = chosen
  const { config, ...common } = partsOf(chosen)
  const { shadow, overridable, timeout, 'stable-for': stableFor } = common
  const gate = find(gates, use)
  const reads = gate?.reads ?? 'outside'
  const stable = reads === 'outside' ? usual.stableForSeconds : 0
  return {
    id: String(id),
    use,
    config,
    digest: digestOf(canonical({ id, use, config, ...common })),
    reads,
    kind: gate?.kind ?? (reads === 'outside' ? 'dynamic' : 'static'),
    maxAgeSeconds: gate?.maxAgeSeconds ?? 0,
    timeoutSeconds: typeof timeout === 'string' ? seconds(timeout) : (gate?.timeoutSeconds ?? usual.timeoutSeconds),
    stableForSeconds: typeof stableFor === 'string' ? seconds(stableFor) : stable,
    overridable: typeof overridable === 'boolean' ? overridable : gate !== undefined && !gate.always,
    ...(shadow === true && gate && !gate.always && use !== 'upstream' ? { shadow } : {}),
  }
}

/** What an environment may say about any gate, apart from the gate's own settings. */
function partsOf(chosen: Chosen) {
  const { use: _, id: __, classes, shadow, overridable, timeout, 'stable-for': stableFor, ...config } = chosen
  return { config, classes, shadow, overridable, timeout, 'stable-for': stableFor }
}

function find(gates: Gates, use: string): Gate | undefined {
  return Object.hasOwn(gates, use) ? gates[use] : undefined
}

/** The environments whose deployments can change what the gates of this one say. */
export function watchedBy(definition: Pick<EnvironmentDefinition, 'after' | 'gates'>, gates: Gates): string[] {
  const watched = definition.gates.flatMap((chosen) => {
    const gate = find(gates, chosen.use)
    const settings = gate?.config.safeParse(partsOf(chosen).config)
    return settings?.success ? (gate?.watches?.(settings.data) ?? []) : []
  })
  return [...definition.after, ...watched]
}

/** What to ask, and about what. */
export interface ObserveRequest {
  required: RequiredGate[]
  gates: Gates
  subject: Subject
  world: Omit<World, 'timeoutSeconds'>
  newId: () => string
  /** Waits for the work no longer than that; null when it was not done by then. */
  within: <T>(limitSeconds: number, work: Promise<T>) => Promise<{ value: T } | null>
  /** The database's time when a gate has answered, from which its verdict ages; that of the subject when absent. */
  now?: () => Promise<Date>
  /**
   * What a failed read of Lockflight's own records becomes. `judge`: a verdict `error`. `throw`: goes on to the
   * caller, for use inside a transaction, which is broken by then and has to be tried again as a whole.
   */
  brokenRecords: 'judge' | 'throw'
}

/** Asks every gate and judges what it saw: those that look outside all at once. A source that is down, slow or talks nonsense makes an `error`, never a `pass`. */
export async function observeAll(request: ObserveRequest): Promise<Evaluation[]> {
  const outside = new Map(
    request.required.filter(({ reads }) => reads === 'outside').map((gate) => [gate, evaluate(gate, request)]),
  )
  const evaluations: Evaluation[] = []
  // Records in turn: they may share the one connection of a transaction.
  for (const gate of request.required) evaluations.push(await (outside.get(gate) ?? evaluate(gate, request)))
  return evaluations
}

async function evaluate(required: RequiredGate, request: ObserveRequest): Promise<Evaluation> {
  const { newId, now } = request
  const { id, use, digest, config, shadow } = required
  const seen = await look(required, request)
  const at = now ? await now() : request.subject.at
  const subject = { ...request.subject, at }
  return {
    id: newId(),
    promotion: subject.promotion.id,
    release: subject.release.digest,
    environment: subject.environment,
    gate: { id, use, digest, config, ...(shadow && { shadow }) },
    evidence: seen.evidence,
    evidenceDigest: seen.evidenceDigest,
    verdict:
      'error' in seen
        ? broken(seen.error, subject)
        : judgeAgain(seen.gate, { config, evidence: seen.evidence, subject }),
    at,
  }
}

type Seen = { gate: Gate; evidence: unknown; evidenceDigest: Digest } | ReturnType<typeof unseen>

async function look(
  { use, config, timeoutSeconds }: RequiredGate,
  { gates, subject, world, within, brokenRecords }: ObserveRequest,
): Promise<Seen> {
  const gate = find(gates, use)
  if (!gate) return unseen(new Error(`there is no gate ${use} here; there are ${Object.keys(gates).join(', ')}`))
  const settings = gate.config.safeParse(config)
  if (!settings.success) return unseen(settings.error)
  try {
    const looking = gate.observe(settings.data, subject, { ...world, timeoutSeconds })
    const answer = await within(timeoutSeconds + graceSeconds, looking)
    if (!answer) return unseen(new Error(`no answer within its time limit of ${inWords(timeoutSeconds)}`))
    const evidence = stored(gate.evidence.parse(answer.value))
    return { gate, evidence, evidenceDigest: digestOfJson(evidence) }
  } catch (error) {
    if (gate.reads === 'records' && brokenRecords === 'throw') throw error
    return unseen(error)
  }
}

function unseen(error: unknown): { error: unknown; evidence: null; evidenceDigest: null } {
  return { error, evidence: null, evidenceDigest: null }
}

/** The same bytes that the database keeps, so that judging now and judging the stored row cannot differ. */
function stored(evidence: unknown): unknown {
  return JSON.parse(canonical(evidence))
}

/** The verdict on stored evidence, under the same settings or others: what a dry run, `why` and a backtest use. Pure. */
export function judgeAgain(
  gate: Gate,
  { config, evidence, subject }: { config: Record<string, unknown>; evidence: unknown; subject: Subject },
): Verdict {
  try {
    return verdict.parse(gate.judge(gate.config.parse(config), gate.evidence.parse(evidence), subject))
  } catch (error) {
    return broken(error, subject)
  }
}

function broken(error: unknown, subject: Subject): Verdict {
  const message =
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
  return verdict.parse({
    outcome: 'error',
    reason: `the gate could not be evaluated: ${message.slice(0, 2000)}`,
    expected: 'an answer',
    observed: 'none',
    unblock: 'whoever runs what this gate asks',
    recheckAt: after(subject.at, retrySeconds).toISOString(),
  })
}

/** What a pass that was recorded rests on; nothing for a gate that does not say, or whose settings or evidence it cannot read any more. */
export function groundsOf(
  gate: Gate | undefined,
  { config, evidence, subject }: { config: unknown; evidence: unknown; subject: Subject },
): Grounds {
  const settings = gate?.config.safeParse(config)
  const seen = gate?.evidence.safeParse(evidence)
  if (!gate?.restsOn || !settings?.success || !seen?.success) return { attestations: [], level: null }
  return gate.restsOn(settings.data, seen.data, subject)
}
