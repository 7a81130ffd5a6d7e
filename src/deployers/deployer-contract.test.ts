import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deployed, startDeployers, told, until, type DeployersRig } from '../../test/rig/deployers.ts'
import type { Job } from '../../test/rig/deploy-once.ts'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { Deployer } from '../core/deployer.ts'
import { readClaims } from './claim.ts'

/** The promises of `core/deployer.ts`, kept by every deployer. */
interface Candidate {
  name: Job['use']
  create: (rig: DeployersRig, from?: ArtifactStore) => Deployer
  settings: (rig: DeployersRig) => Record<string, unknown>
}

/** A script that keeps a site as files: the release beside the live one, and then in its place. */
const siteScript = `
echo "$LOCKFLIGHT_PROMOTION $LOCKFLIGHT_PHASE" >> "$SITE/effects"
sleep 0.2
case "$LOCKFLIGHT_PHASE" in
  replace|start)
    rm -rf "$SITE/new" && mkdir "$SITE/new"
    tar -xzf "$LOCKFLIGHT_ARTIFACT_APP_TGZ" -C "$SITE/new"
    echo "$LOCKFLIGHT_RELEASE" > "$SITE/new/release" ;;
esac
case "$LOCKFLIGHT_PHASE" in
  replace|finish) rm -rf "$SITE/live" && mv "$SITE/new" "$SITE/live" ;;
  discard) rm -rf "$SITE/new" ;;
esac`
const siteInspect = `
if [ -e "$SITE/live/release" ]; then printf '{"release":"%s"}' "$(cat "$SITE/live/release")" > "$LOCKFLIGHT_ANSWER"; fi`

const candidates: Candidate[] = [
  {
    name: 'process',
    create: (rig, from) => rig.process(from),
    settings: () => ({ artifact: 'app.tgz', run: ['node', 'server.mjs'], 'stop-grace': '2s' }),
  },
  {
    name: 'command',
    create: (rig, from) => rig.command(from),
    settings: (rig) => ({
      run: siteScript,
      inspect: siteInspect,
      idempotent: true,
      env: { SITE: join(rig.folder, 'site') },
    }),
  },
]

describe.each(candidates)('the $name deployer', ({ name: use, create, settings }) => {
  let rig: DeployersRig
  let deployer: Deployer
  let config: unknown
  beforeEach(async () => {
    rig = await startDeployers()
    await mkdir(join(rig.folder, 'site'))
    deployer = create(rig)
    config = deployer.config.parse(settings(rig))
  })
  afterEach(async () => rig.end())

  const liveRelease = async () => (await deployer.inspect(config, rig.target())).release

  test('puts one release in the place of another, and says by digest what runs', async () => {
    const target = rig.target()
    expect(await deployer.inspect(config, target)).toEqual({ release: null, url: null, candidateUrl: null })
    for (const release of [await rig.pack('one'), await rig.pack('two')]) {
      const result = await deployed(deployer, config, target.next(release)('replace'))
      expect(result).toMatchObject({ outcome: 'succeeded', observed: { release: release.digest } })
      expect(await liveRelease()).toBe(release.digest)
    }
    expect(told(await target.events())).toEqual([
      'p1 replace started',
      'p1 replace finished',
      'p2 replace started',
      'p2 replace finished',
    ])
  })

  test('asked again after it was done, answers the same and does nothing', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))('replace')
    const first = await deployed(deployer, config, request)
    expect(await deployed(create(rig), config, request)).toEqual(first)
    expect(told(await target.events())).toEqual(['p1 replace started', 'p1 replace finished'])
  })

  test('asked by several at once, does it once', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))('replace')
    const results = await Promise.all(Array.from({ length: 4 }, () => deployed(create(rig), config, request)))
    for (const result of results) expect(result).toEqual(results[0])
    expect(results[0]).toMatchObject({ outcome: 'succeeded' })
    expect(told(await target.events())).toEqual(['p1 replace started', 'p1 replace finished'])
  })

  test('brings a release up beside the live one, which stays until the new one is finished or discarded', async () => {
    const target = rig.target()
    const [one, two, three] = [await rig.pack('one'), await rig.pack('two'), await rig.pack('three')]
    await deployed(deployer, config, target.next(one)('replace'))

    const rejected = target.next(two)
    expect(await deployed(deployer, config, rejected('start'))).toMatchObject({ observed: { release: one.digest } })
    expect(await deployed(deployer, config, rejected('discard'))).toMatchObject({
      outcome: 'succeeded',
      observed: { release: one.digest, candidateUrl: null },
    })
    const accepted = target.next(three)
    expect(await deployed(deployer, config, accepted('start'))).toMatchObject({ observed: { release: one.digest } })
    expect(await deployed(deployer, config, accepted('finish'))).toMatchObject({ observed: { release: three.digest } })
    expect(await deployed(deployer, config, accepted('finish'))).toMatchObject({ observed: { release: three.digest } })
  })

  test('A34 an older fence is refused and changes nothing', async () => {
    const target = rig.target()
    const older = target.next(await rig.pack('older'))
    const newer = target.next(await rig.pack('newer'))
    await deployed(deployer, config, newer('replace'))
    for (const phase of ['replace', 'start', 'finish', 'discard'] as const) {
      const result = await deployed(deployer, config, older(phase))
      expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('has seen fence 2') })
    }
    expect(await liveRelease()).toBe(newer('replace').release.digest)
    expect(told(await target.events())).toEqual(['p2 replace started', 'p2 replace finished'])
  })

  test('A34 a phase that comes after a later one of the same deployment is refused', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))
    await deployed(deployer, config, request('discard'))
    expect(await deployed(deployer, config, request('start'))).toMatchObject({ outcome: 'failed' })
    expect(await liveRelease()).toBeNull()
  })

  test('A34 the same fence for another promotion is refused', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))('replace')
    await deployed(deployer, config, request)
    const twin = { ...request, promotion: 'twin' }
    expect(await deployed(deployer, config, twin)).toMatchObject({ outcome: 'failed' })
    expect(told(await target.events())).toHaveLength(2)
  })

  test('A34 many deployments at once: one acts at a time, fences only rise, the newest is live in the end', async () => {
    const target = rig.target()
    const releases = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => rig.pack(name)))
    const requests = releases.map((release) => target.next(release)('replace'))
    await Promise.all(requests.toReversed().map((request) => deployed(create(rig), config, request)))

    expect(await liveRelease()).toBe(releases.at(-1)?.digest)
    const events = await target.events()
    const started = events.filter(({ event }) => event === 'started').map(({ fence }) => fence)
    expect(started).toEqual([...new Set(started)].toSorted((a, b) => a - b))
    const ends = events.flatMap((event, index) => (event.event === 'finished' ? [index] : []))
    expect(ends).not.toEqual([])
    for (const end of ends) expect(events[end - 1]).toMatchObject({ event: 'started', fence: events[end]?.fence })
  })

  test('A03 bytes that were changed in the store are never deployed', async () => {
    const target = rig.target()
    const good = await rig.pack('good')
    const bad = await rig.pack('bad')
    await deployed(deployer, config, target.next(good)('replace'))
    await rig.tamper(bad)
    const result = await deployed(deployer, config, target.next(bad)('replace'))
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^app\.tgz of release \S+: artifact sha256:\w+ was changed in the artifact store/),
    })
    expect(await liveRelease()).toBe(good.digest)
    expect(told(await target.events())).toEqual(['p1 replace started', 'p1 replace finished'])
  })

  test('A03 other bytes than asked for are refused where they are used, even from a store that does not look', async () => {
    const target = rig.target()
    const [asked, swapped] = [await rig.pack('asked'), await rig.pack('swapped')]
    const careless: ArtifactStore = {
      ...rig.artifacts,
      copyTo: (_, file) => rig.artifacts.copyTo(swapped.artifacts[0]!.digest, file),
    }
    const result = await deployed(create(rig, careless), config, target.next(asked)('replace'))
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('nothing was deployed') })
    expect(await liveRelease()).toBeNull()
  })

  test('A03 an attempt that was begun for one release is refused for another', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))('replace')
    await deployed(deployer, config, request)
    const other = await rig.pack('two')
    expect(await deployed(deployer, config, { ...request, release: other })).toMatchObject({ outcome: 'failed' })
    expect(await liveRelease()).toBe(request.release.digest)
  })

  test('an artifact that is missing is a failure that names it', async () => {
    const one = await rig.pack('one')
    const [stored] = one.artifacts
    const gone = { ...one, artifacts: [{ ...stored!, digest: `sha256:${'0'.repeat(64)}` as const }] }
    const result = await deployed(deployer, config, rig.target().next(gone)('replace'))
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('0'.repeat(64)) })
  })

  test('when Lockflight is killed in the middle, the work goes on and is found again', async () => {
    const target = rig.target()
    const request = target.next(await rig.pack('one'))('replace')
    const job: Job = { use, folder: rig.targets, store: rig.store, config, request }
    const lockflight = spawn(process.execPath, [join(import.meta.dirname, '../../test/rig/deploy-once.ts')], {
      env: { ...process.env, JOB: JSON.stringify(job) },
      stdio: 'inherit',
    })
    const ended = once(lockflight, 'exit')
    await until('it has begun', async () => (await target.events()).length > 0)
    lockflight.kill('SIGKILL')
    await ended
    expect(await deployed(deployer, config, request)).toMatchObject({ outcome: 'succeeded' })
    expect(await liveRelease()).toBe(request.release.digest)
    expect(told(await target.events())).toEqual(['p1 replace started', 'p1 replace finished'])
  })

  test.each([0, 80, 250])(
    'when its process is killed after about %i ms, the next call completes the same execution',
    async (delay) => {
      const target = rig.target()
      await deployed(deployer, config, target.next(await rig.pack('one'))('replace'))
      const request = target.next(await rig.pack('two'))('replace')
      const first = deployer.deploy(config, request)
      await until('it is claimed', async () => (await readClaims(target.path)).some(({ fence }) => fence === 2))
      const holder = (await readClaims(target.path)).find(({ fence }) => fence === 2)!.holder.pid
      await sleep(delay)
      try {
        process.kill(-holder, 'SIGKILL')
      } catch {
        // it was done already
      }
      await first
      expect(await deployed(create(rig), config, request)).toMatchObject({ outcome: 'succeeded' })
      expect(await liveRelease()).toBe(request.release.digest)
      const events = (await target.events()).filter(({ fence }) => fence === 2)
      expect(events.filter(({ event }) => event === 'started')).toHaveLength(1)
      expect(events.filter(({ event }) => event === 'finished')).toHaveLength(1)
    },
  )
})
