import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { advancePromotion } from '../../src/app/advance-promotion.ts'
import type { App } from '../../src/app/app.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import type { Promotion } from '../../src/core/promotion.ts'
import type { Release } from '../../src/core/release.ts'
import { stopTargets } from '../../src/deployers/stop-targets.ts'
import { readEvents, targetFolder } from '../../src/deployers/target.ts'
import { startApp } from './app.ts'
import { textOf } from './deployers.ts'
import { createRealApp } from './real-app.ts'
import { packRelease } from './releases.ts'

const environment = 'prod'

/** Rollouts as they really are: the system's own deployers and routers, and one environment `prod`, described in YAML that may name files in the folder. */
export async function startRollouts(prod: (folder: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-rollouts-'))
  const home = join(folder, 'home')
  const targets = join(home, 'targets')
  const undo: (() => Promise<unknown>)[] = []
  const text = `project: shop\nenvironments:\n  ${environment}:\n${prod(folder).replaceAll(/^/gm, '    ')}`
  const rig = await startApp(text, { createApp: (store) => createRealApp(home, store, (step) => undo.push(step)) })
  const { app, admin, project, pool } = rig
  const place = { project, environment }

  /** A release of a small service that answers with this name, or of other files. */
  async function pack(name: string, files?: Record<string, string>): Promise<Release> {
    const { artifacts } = await packRelease(app.artifacts, name, files)
    return rig.build({ artifact: artifacts[0]! })
  }

  const ask = (release: Release) =>
    requestPromotion(app, admin, { ...place, release: release.digest, class: 'standard', reason: '' })

  return {
    ...rig,
    folder,
    targets,
    pack,
    ask,
    /** Packs a release, asks for it, and does what is due. */
    async lift(name: string, files?: Record<string, string>): Promise<{ release: Release; promotion: Promotion }> {
      const release = await pack(name, files)
      const { id } = await ask(release)
      await rig.drain()
      return { release, promotion: await rig.promotion(id) }
    },
    /** One go of a worker at a promotion, with an app that may be about to die. */
    advance: (
      id: string,
      { by = app, signal = AbortSignal.timeout(20_000) }: { by?: App; signal?: AbortSignal } = {},
    ) => advancePromotion(by, id, signal),
    /** Lets the pause of a rollout be over, and goes on. */
    async endPause(id: string): Promise<void> {
      await pool.query(
        `update deployment set rollout = jsonb_set(rollout::jsonb, '{pauseUntil}', to_jsonb(now()))::json where promotion = $1`,
        [id],
      )
      await advancePromotion(app, id, AbortSignal.timeout(20_000))
      await rig.drain()
    },
    /** What answers in `prod`, that many times in a row. */
    async answers(count = 1): Promise<string[]> {
      const { definition, config } = await deployerHere()
      const { url } = await definition.inspect(config, place)
      const texts: string[] = []
      for (let n = 0; n < count; n++) texts.push(await textOf(url ?? ''))
      return texts
    },
    /** What really happened at the target, as its own log says. */
    events: () => readEvents(targetFolder(targets, place)),
    /** What scripts wrote into that file of the folder, line by line. */
    async lines(file: string): Promise<string[]> {
      const written = await readFile(join(folder, file), 'utf8').catch(() => '')
      return written.split('\n').filter((line) => line !== '')
    },
    /** The log's entries of that type, oldest first. */
    told: async (type: string) => (await rig.entries()).filter((entry) => entry.type === type),
    here: () => app.store.read((tx) => tx.environments.get(project, environment)),
    async stop() {
      await stopTargets(targets, 2)
      for (const step of undo.toReversed()) await step()
      await rig.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }

  async function deployerHere() {
    const { configuration } = await app.store.read((tx) => tx.revisions.current(project))
    const { use, ...settings } = configuration.environments[environment]!.deploy
    const definition = app.deployers[use]!
    return { definition, config: definition.config.parse(settings) }
  }
}
export type RolloutsRig = Awaited<ReturnType<typeof startRollouts>>
