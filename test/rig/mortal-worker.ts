import { advancePromotion } from '../../src/app/advance-promotion.ts'
import type { App } from '../../src/app/app.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { resumeEnvironment } from '../../src/app/hold-environment.ts'
import type { startApp } from './app.ts'

type Rig = Awaited<ReturnType<typeof startApp>>

const died = new Error('this worker is dead')

/** What a deployment to `prod` left behind. */
export interface Story {
  /** How its promotion and the environment stand. */
  ended: { state: string; attempt: number; active: string | null; held: boolean }
  /** What the target was really told to do, each once. */
  phases: string[]
  /** The log since it was asked for, without its gates. */
  told: string[]
  /** Percent on the new release, as the log says. */
  candidate: number[]
}

/**
 * Deploys a new release with a worker that dies at its nth touch of anything outside itself, and another that goes on.
 * Null when the first one lived to the end.
 */
export async function storyWithDeath(rig: Rig, nth: number, { good }: { good: boolean }): Promise<Story | null> {
  const { app, admin, project } = rig
  const environment = 'prod'
  const release = await rig.build()
  rig.answers.set(release.digest, good)
  const ask = { project, release: release.digest, environment, class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, ask)
  const before = (await rig.entries()).length

  const hasDied = await workUntilDeath(rig, nth)
  await rig.drain()
  const { state, attempt } = await rig.promotion(id)
  const { active, hold } = await app.store.read((tx) => tx.environments.get(project, environment))
  const entries = (await rig.entries()).slice(before)
  const story = {
    ended: { state, attempt, active, held: hold !== null },
    phases: rig.target.executions.filter(({ promotion }) => promotion === id).map(({ phase }) => phase),
    told: entries.map(({ type }) => type).filter((type) => !type.startsWith('gate.')),
    candidate: entries.flatMap(({ data }) => ('weights' in data ? [(data['weights'] as Weights).candidate] : [])),
  }
  if (hold) await resumeEnvironment(app, admin, { project, environment, reason: 'so that the next can come' })
  await rig.drain()
  return hasDied ? story : null
}

interface Weights {
  candidate: number
}

/** True when death came before the work was done; then the job it was at is still in the queue, as it would be. */
async function workUntilDeath(rig: Rig, nth: number): Promise<boolean> {
  const app = mortal(rig.app, nth)
  for (let job = rig.jobs[0]; job; job = rig.jobs[0]) {
    if (job.verb !== 'advance-promotion') throw new Error(`there is no ${job.verb} here`)
    try {
      await advancePromotion(app, job.promotion, AbortSignal.timeout(20_000))
    } catch (error) {
      if (error === died) return true
      throw error
    }
    rig.jobs.shift()
  }
  return false
}

/** Death comes before or after an effect, before a read, before a commit, or when the commit is done and nobody has heard of it. */
function mortal(app: App, nth: number): App {
  let touches = 0
  const touch = () => {
    touches += 1
    if (touches >= nth) throw died
  }
  const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    touch()
    const result = await work()
    touch()
    return result
  }
  const { target } = app.deployers
  const { none } = app.routers
  const { answer } = app.verifications
  return {
    ...app,
    store: {
      read: async (work) => {
        touch()
        return app.store.read(work)
      },
      transaction: (work) => around(() => app.store.transaction(work)),
    },
    deployers: { target: { ...target!, deploy: (...given) => around(() => target!.deploy(...given)) } },
    routers: { none: { ...none!, shift: (...given) => around(() => none!.shift(...given)) } },
    verifications: { answer: { ...answer!, check: (...given) => around(() => answer!.check(...given)) } },
  }
}
