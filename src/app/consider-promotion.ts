import { policyDigest, type EnvironmentDefinition } from '../core/configuration.ts'
import { decide, type Decision } from '../core/decide.ts'
import type { Environment } from '../core/environment.ts'
import { observeAll } from '../core/evaluate.ts'
import type { Evaluation, GateOutside, Subject } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Release } from '../core/release.ts'
import type { Situation } from '../core/situation.ts'
import { remembersSince } from '../core/standing.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { withoutDrillHold } from './advance-drill.ts'
import { outsideFor } from './outside-for.ts'
import { recordsOf } from './records.ts'
import { requiredGates } from './required-gates.ts'
import { comparesSource, rememberChange } from './remember-change.ts'
import { standingOverrides } from './standing-overrides.ts'
import { within } from './within.ts'

/** A promotion looked at from all sides at one moment. */
export interface Consideration extends Situation {
  release: Release
  definition: EnvironmentDefinition
  /** Number of the revision the definition is from. */
  revision: number
  subject: Subject
  environment: Environment
  decision: Decision
}

/**
 * What would happen to this promotion now: the one function behind previews, `why`, waiting, and the transaction that
 * starts the deployment, so that they cannot disagree. Gates on our own records are asked through the transaction;
 * verdicts about the world outside are taken from `outside`, and count only while their binding and age allow.
 * Null when the environment is no longer part of the configuration.
 */
export async function considerPromotion(
  app: App,
  tx: Transaction,
  promotion: Promotion,
  outside: Evaluation[],
): Promise<Consideration | null> {
  // Reads that do not wait for one another share one round trip.
  const [situation, nextPolicyAt, environment, pin, quarantine, [newest], overrides] = await Promise.all([
    situationOf(app, tx, promotion),
    tx.revisions.nextInForceAt(promotion.project),
    tx.environments.get(promotion.project, promotion.environment),
    tx.pins.find(promotion.project, promotion.environment),
    tx.quarantines.find(promotion.project, promotion.release),
    tx.entries.list({ from: 0, limit: 1, descending: true }),
    standingOverrides(app, tx, promotion),
  ])
  if (!situation) return null
  const { subject, required, release } = situation
  const [changes, onRecords] = await Promise.all([
    required.length === 0 ? [] : tx.evaluations.changes(promotion, remembersSince(required, tx.now)),
    observeAll({
      required: required.filter(({ reads }) => reads === 'records'),
      gates: app.gates,
      subject,
      world: { records: recordsOf(app, tx, { ...promotion, promotion: promotion.id }), outside: closed },
      newId: app.newId,
      within,
      brokenRecords: 'throw',
    }),
  ])
  const judged = {
    promotion,
    environment: await withoutDrillHold(tx, promotion, environment),
    release,
    pin,
    quarantine,
    policy: subject.policy,
    nextPolicyAt,
    required,
    evaluations: [...onRecords, ...outside],
    changes,
    overrides,
    lastRecordedAt: newest ? new Date(newest.at) : null,
    at: tx.now,
  }
  return { ...situation, ...judged, decision: decide(judged) }
}

/** Asks the gates that look outside, and git for those that want to know what changed, with no transaction open; an empty list when there are none. */
export async function observeOutside(app: App, promotion: Promotion): Promise<Evaluation[]> {
  const situation = await app.store.read((tx) => situationOf(app, tx, promotion))
  if (situation?.required.some((gate) => comparesSource(app, gate))) {
    await rememberChange(app, situation.release, promotion.environment)
  }
  const required = situation?.required.filter(({ reads }) => reads === 'outside') ?? []
  if (!situation || required.length === 0) return []
  return observeAll({
    required,
    gates: app.gates,
    subject: situation.subject,
    world: { records: separately(app, promotion), outside: outsideFor(app, promotion.project) },
    newId: app.newId,
    now: () => app.store.read(async (tx) => tx.now),
    within,
    brokenRecords: 'judge',
  })
}

async function situationOf(app: App, tx: Transaction, promotion: Promotion) {
  const [{ number, configuration }, release] = await Promise.all([
    tx.revisions.current(promotion.project),
    tx.releases.get(promotion.project, promotion.release),
  ])
  const definition = Object.hasOwn(configuration.environments, promotion.environment)
    ? configuration.environments[promotion.environment]
    : undefined
  if (!definition) return null
  const subject: Subject = {
    project: promotion.project,
    environment: promotion.environment,
    promotion,
    release,
    policy: policyDigest(definition),
    after: definition.after,
    at: tx.now,
  }
  const required = requiredGates(app, promotion, { configuration, definition })
  return { release, definition, revision: number, subject, required }
}

/** Gates on records get no way to the outside: they run inside a transaction. */
const closed: GateOutside = {
  command() {
    throw new Error('a gate that reads records may not run commands')
  },
  http() {
    throw new Error('a gate that reads records may not send requests')
  },
  file() {
    throw new Error('a gate that reads records may not read repositories')
  },
  inspect() {
    throw new Error('a gate that reads records may not ask deployers')
  },
  hide() {
    throw new Error('a gate that reads records sees nothing to hide')
  },
}

/** The records, each read in a transaction of its own, for gates that ask the world too. */
function separately(app: App, promotion: Promotion): ReturnType<typeof recordsOf> {
  const place = { ...promotion, promotion: promotion.id }
  return {
    deploymentsOf: (...query) => app.store.read((tx) => recordsOf(app, tx, place).deploymentsOf(...query)),
    liveIn: (...query) => app.store.read((tx) => recordsOf(app, tx, place).liveIn(...query)),
    approvals: (...query) => app.store.read((tx) => recordsOf(app, tx, place).approvals(...query)),
    groupSize: (...query) => app.store.read((tx) => recordsOf(app, tx, place).groupSize(...query)),
    attestations: (...query) => app.store.read((tx) => recordsOf(app, tx, place).attestations(...query)),
    bundles: (...query) => app.store.read((tx) => recordsOf(app, tx, place).bundles(...query)),
    reports: (...query) => app.store.read((tx) => recordsOf(app, tx, place).reports(...query)),
    keys: () => app.store.read((tx) => recordsOf(app, tx, place).keys()),
    drills: (...query) => app.store.read((tx) => recordsOf(app, tx, place).drills(...query)),
    oneWayDeployments: (...query) => app.store.read((tx) => recordsOf(app, tx, place).oneWayDeployments(...query)),
    release: (...query) => app.store.read((tx) => recordsOf(app, tx, place).release(...query)),
    sourceChange: (...query) => app.store.read((tx) => recordsOf(app, tx, place).sourceChange(...query)),
    holdsIn: (...query) => app.store.read((tx) => recordsOf(app, tx, place).holdsIn(...query)),
    displacedIn: (...query) => app.store.read((tx) => recordsOf(app, tx, place).displacedIn(...query)),
  }
}
