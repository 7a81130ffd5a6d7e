import { setImmediate } from 'node:timers/promises'
import type { Actor } from '../core/actor.ts'
import { createBacktest, type Backtest, type PastPromotion } from '../core/backtest.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Deployment } from '../core/deployment.ts'
import { fatesOf } from '../core/fate.ts'
import type { Evaluation } from '../core/gate.ts'
import type { Before } from '../core/page.ts'
import type { Promotion } from '../core/promotion.ts'
import { freezeGates } from '../core/freeze.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import type { FileTexts } from '../core/slo-files.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { policyAt } from './policy-at.ts'
import { readProject } from './read-project.ts'

/** At most so many recorded verdicts are judged again at once, the newest. */
export const mostVerdicts = 100_000

/** Judging on takes the processor from everyone else; what is left when it is over is told as not judged. */
const mostSeconds = 20

const pageSize = 50

/** What is tried on the past. */
export interface BacktestPolicyInput {
  project: string
  /** A lockflight.yaml. */
  text: string
  /** The texts of the files that it names. */
  files?: FileTexts
  since: Date
  /** Only this environment; all of the file's when absent. */
  environment?: string
}

/** What the changed gates would have said of every promotion asked for since then; nothing is asked of the world, and nothing is written. */
export async function backtestPolicy(
  app: App,
  actor: Actor,
  { project, text, files = {}, since, environment }: BacktestPolicyInput,
): Promise<Backtest & { since: Date; isWhole: boolean }> {
  // Before anything is read for them: a file can be made to take long.
  await readProject(app, actor, project, async () => undefined)
  const configuration = app.readConfiguration(text, 'lockflight.yaml', files)
  const environments = chosen(configuration, { project, environment })
  return readProject(app, actor, project, async (tx) => {
    const backtest = createBacktest(app.gates)
    const revisions = await tx.revisions.list(project)
    const releases = releasesIn(tx, project)
    const before = { isWhole: true, verdicts: 0 }
    const goesOn = turns()
    for (const [name, definition] of environments) {
      const policy = policyAt(revisions, name)
      const gates = [...definition.gates, ...freezeGates(configuration.freezes, name)]
      const history = await historyOf(tx, { project, environment: name, since })
      for await (const { promotions, evaluations } of pagesOf(tx, { project, environment: name, since })) {
        before.verdicts += evaluations.length
        if (before.verdicts > mostVerdicts) {
          before.isWhole = false
          break
        }
        const perPromotion = Map.groupBy(evaluations, ({ promotion }) => promotion)
        for (const promotion of promotions) {
          before.isWhole &&= await goesOn()
          if (!before.isWhole) break
          const past: PastPromotion = {
            promotion,
            release: await releases(promotion),
            policyAt: policy,
            evaluations: perPromotion.get(promotion.id) ?? [],
            ...history(promotion.id),
          }
          backtest.add(past, { ...definition, gates })
        }
        if (!before.isWhole) break
      }
    }
    return { ...backtest.result(), since, isWhole: before.isWhole }
  })
}

function chosen(
  configuration: Configuration,
  { project, environment }: { project: string; environment: string | undefined },
) {
  if (configuration.project !== project) {
    throw new Refusal(
      'invalid',
      `expected a lockflight.yaml of project ${project}, found one of ${configuration.project}`,
    )
  }
  const all = Object.entries(configuration.environments)
  const wanted = environment === undefined ? all : all.filter(([name]) => name === environment)
  if (wanted.length > 0) return wanted
  const known = all.map(([name]) => name).join(', ') || 'none'
  throw new Refusal(
    'invalid',
    `expected an environment of that lockflight.yaml (${known}), found ${environment ?? 'none'}`,
  )
}

/** Lets others have the processor between two turns; false when all the time for it is used up. */
function turns() {
  const end = AbortSignal.timeout(mostSeconds * 1000)
  return async () => {
    await setImmediate()
    return !end.aborted
  }
}

/** When each promotion started and what came of it. */
async function historyOf(tx: Transaction, place: { project: string; environment: string; since: Date }) {
  const deployments = await tx.deployments.since(place)
  const fates = fatesOf(deployments)
  const starts = new Map(deployments.map(({ promotion, startedAt }: Deployment) => [promotion, startedAt]))
  return (id: string) => ({ startedAt: starts.get(id) ?? null, fate: fates.get(id) ?? null })
}

/** Promotions newest first, with all their verdicts. */
async function* pagesOf(
  tx: Transaction,
  { project, environment, since }: { project: string; environment: string; since: Date },
): AsyncGenerator<{ promotions: Promotion[]; evaluations: Evaluation[] }> {
  let before: Before | undefined
  for (;;) {
    const page = await tx.promotions.list({ project, environment, limit: pageSize, ...(before && { before }) })
    const promotions = page.filter(({ requestedAt }) => requestedAt >= since)
    if (promotions.length > 0) {
      yield { promotions, evaluations: await tx.evaluations.of(promotions.map(({ id }) => id)) }
    }
    const last = page.at(-1)
    if (!last || promotions.length < pageSize) return
    before = { at: last.requestedAt, id: last.id }
  }
}

function releasesIn(tx: Transaction, project: string) {
  const known = new Map<string, Release>()
  return async ({ release }: Promotion) => {
    const found = known.get(release) ?? (await tx.releases.get(project, release))
    known.set(release, found)
    return found
  }
}
