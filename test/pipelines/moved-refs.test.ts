import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())
const { repository } = rig

const pack = (bytes: string) =>
  `pack: { stage: package, steps: [{ run: 'echo ${bytes} > app; git rev-parse HEAD > commit' }], artifacts: [{ name: app, path: app }, { name: commit, path: commit }] }`

test.each(['main', 'v1', 'refs/tags/v1'])(
  'A10 a run of %s builds the commit that it named when it was asked for, wherever it is moved to before a job starts',
  async (ref) => {
    const wanted = await rig.commit(pack('wanted'))
    await repository.git('tag', '--force', 'v1', wanted)
    const { id } = await rig.start(ref)
    const swapped = await rig.commit(pack('swapped'))
    await repository.git('tag', '--force', 'v1', swapped)
    await rig.drain()
    const { run, jobs } = await rig.went(id)
    expect(run).toMatchObject({ state: 'succeeded', source: { commit: wanted } })
    const made = await Promise.all(
      jobs['pack']!.artifacts.map(async ({ digest }) =>
        Buffer.from(await rig.app.artifacts.read(digest, 100)).toString(),
      ),
    )
    expect(made).toEqual(['wanted\n', `${wanted}\n`])
    const release = await rig.app.store.read((tx) => tx.releases.get(rig.project, run.release!))
    expect(release.source.commit).toBe(wanted)
    expect(wanted).not.toBe(swapped)
  },
)

test('a repository that is gone when the jobs have ended fails the run with that reason, and nothing is signed', async () => {
  const { runner } = rig.app
  const gone = `${repository.folder}.gone`
  rig.app.runner = {
    async run(...given) {
      const result = await runner.run(...given)
      await rename(repository.folder, gone)
      return result
    },
  }
  try {
    const { run, jobs } = await rig.run(pack('made'))
    expect(jobs).toMatchObject({ pack: { state: 'succeeded' } })
    expect(run).toMatchObject({ state: 'failed', release: null, reason: expect.stringContaining(repository.folder) })
  } finally {
    rig.app.runner = runner
    await rename(gone, repository.folder)
  }
})
