import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { createGitRepositories } from '../git/git-repositories.ts'
import { requestPromotion } from './request-promotion.ts'

const configuration = `
project: shop
environments:
  dev:
    deploy: { use: target }
    gates:
      - use: quality
        tests: {}
        coverage: { new-lines: { at-least: 50, in: [src] } }
`

let shop: Awaited<ReturnType<typeof startApp>>
let folder: string
const commits: string[] = []

beforeAll(async () => {
  shop = await startApp(configuration)
  folder = await mkdtemp(join(tmpdir(), 'lockflight-change-'))
  const source = join(folder, 'source')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=a@b.c', ...args], { cwd: folder, stdio: 'pipe' })
  git('init', '--quiet', source)
  for (const text of ['one\n', 'one\ntwo\nthree\n']) {
    await writeFile(join(source, 'a.js'), text)
    git('-C', source, 'add', '--all')
    git('-C', source, 'commit', '--quiet', '--message', 'a change')
    commits.push(git('-C', source, 'rev-parse', 'HEAD').toString().trim())
  }
  const real = await createGitRepositories({ folder: join(folder, 'mirrors') })
  shop.app.repositories = { ...real, changes: (_, from, to) => real.changes(source, from, to) }
})
afterAll(async () => {
  await shop.stop()
  await rm(folder, { recursive: true, force: true })
})

async function promoted(commit: string | undefined) {
  const release = await shop.build({ ...(commit !== undefined && { commit }) })
  const request = {
    project: 'shop',
    environment: 'dev',
    release: release.digest,
    class: 'standard',
    reason: '',
  } as const
  const { id } = await requestPromotion(shop.app, shop.admin, request)
  await shop.drain()
  return shop.promotion(id)
}

test('what changed since the running release is asked of git before judging, and kept; a commit that is not there is a reason to wait', async () => {
  const first = await promoted(commits[0])
  // There is no coverage report, but nothing else was wrong: nothing runs there yet.
  expect(first.unmet.map(({ reason }) => reason)).toEqual(['there is no coverage report'])
  expect((await shop.pool.query('select from source_change')).rowCount).toBe(0)

  await shop.pool.query(`insert into deployment
    select p.id, 1, p.project, p.environment, p.release, p.class, 1, 1, 'succeeded', '', null, '{}', null, p.requested_by,
      now(), now(), now(), null from promotion p`)
  await promoted(commits[1])
  await promoted('f'.repeat(40))
  const { rows } = await shop.pool.query(
    'select from_commit, to_commit, files, problem from source_change order by files is null',
  )
  expect(rows).toEqual([
    { from_commit: commits[0], to_commit: commits[1], files: [{ path: 'a.js', lines: '2-3' }], problem: null },
    { from_commit: commits[0], to_commit: 'f'.repeat(40), files: null, problem: expect.stringContaining('is not in') },
  ])
  const changes = await shop.app.store.read((tx) => tx.sourceChanges.find('shop', commits[0]!, commits[1]!))
  expect(changes).toEqual({ files: [{ path: 'a.js', lines: '2-3' }] })
})
