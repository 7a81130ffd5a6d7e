import { afterEach, expect, test } from 'vitest'
import type { App } from '../../src/app/app.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

/** Every script writes one line of what it was called for. */
const canary = (folder: string) => `
deploy:
  use: command
  run: echo "$LOCKFLIGHT_PHASE $LOCKFLIGHT_FENCE" >> ${folder}/effects
rollout:
  use: canary
  router:
    use: command
    run: echo "shift $LOCKFLIGHT_WEIGHT_LIVE/$LOCKFLIGHT_WEIGHT_CANDIDATE" >> ${folder}/effects
  steps:
    - { weight: 10, check: [{ use: command, run: 'echo check >> ${folder}/effects' }] }
    - { weight: 50 }
verify: [{ use: command, run: 'echo verify >> ${folder}/effects' }]`

const effects = ['start 2', 'shift 90/10', 'check', 'shift 50/50', 'shift 0/100', 'finish 2', 'verify']

/** Asks for a second release and takes its jobs away, so that only the test works at it. */
async function second(): Promise<string> {
  await rig.lift('one')
  const { id } = await rig.ask(await rig.pack('two'))
  await rig.advance(id)
  rig.jobs.length = 0
  return id
}

const done = async () => (await rig.lines('effects')).slice(5)

test('a worker that stops after every single effect leaves the rest to the next one, which does it once', async () => {
  rig = await startRollouts(canary)
  const id = await second()
  while ((await rig.promotion(id)).finishedAt === null) {
    const stop = new AbortController()
    const by = afterEachEffect(rig.app, () => stop.abort())
    await rig.advance(id, { by, signal: stop.signal }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error
    })
  }
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  expect(await done()).toEqual(effects)
})

test('a worker that dies after every single effect, before it could say so: each phase is still done once', async () => {
  rig = await startRollouts(canary)
  const id = await second()
  const deaths: string[] = []
  const survived = new Set<string>()
  while ((await rig.promotion(id)).finishedAt === null) {
    let dead = false
    const died = new Error('this worker is dead')
    const by = afterEachEffect(rig.app, (effect) => {
      dead = !survived.has(effect)
      survived.add(effect)
    })
    const store: App['store'] = {
      read: (work) => (dead ? Promise.reject(died) : rig.app.store.read(work)),
      transaction: (work) => (dead ? Promise.reject(died) : rig.app.store.transaction(work)),
    }
    await rig.advance(id, { by: { ...by, store } }).catch((error: unknown) => {
      if (error !== died) throw error
      deaths.push([...survived].at(-1)!)
    })
  }
  expect(deaths).toEqual(['start', '90/10', 'check', '50/50', '0/100', 'finish', 'verify'])
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  const shiftsAndChecksTwice = effects.flatMap((effect) =>
    /^(start|finish)/.test(effect) ? [effect] : [effect, effect],
  )
  expect(await done()).toEqual(shiftsAndChecksTwice)
  expect((await rig.told('rollout.shifted')).filter(({ subject }) => subject === id)).toHaveLength(3)
  const types = (await rig.entries()).filter(({ subject }) => subject === id).map(({ type }) => type)
  for (const once of ['deploy.started', 'deploy.completed'])
    expect(types.filter((type) => type === once)).toHaveLength(1)
})

/** The app with something that happens after each effect on the world. */
function afterEachEffect(app: App, happens: (effect: string) => void): App {
  const { command: deployer } = app.deployers
  const { command: router } = app.routers
  const { command: verification } = app.verifications
  return {
    ...app,
    deployers: {
      command: {
        ...deployer!,
        async deploy(config, request) {
          const result = await deployer!.deploy(config, request)
          if (result.outcome !== 'running') happens(request.phase)
          return result
        },
      },
    },
    routers: {
      command: {
        ...router!,
        async shift(config, request, where, weights) {
          await router!.shift(config, request, where, weights)
          happens(`${weights.live}/${weights.candidate}`)
        },
      },
    },
    verifications: {
      command: {
        ...verification!,
        async check(config, request, where) {
          const result = await verification!.check(config, request, where)
          happens(JSON.stringify(config).includes('verify') ? 'verify' : 'check')
          return result
        },
      },
    },
  }
}
