import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Repositories } from '../core/repository.ts'
import { createGitRepositories } from './git-repositories.ts'

let folder: string
let source: string
let repositories: Repositories

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-changes-'))
  source = join(folder, 'source')
  await mkdir(source)
  git('init', '--quiet', '--initial-branch=main', '.')
  repositories = await createGitRepositories({ folder: join(folder, 'mirrors') })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.org']
  return execFileSync('git', [...identity, ...args], { cwd: source, stdio: 'pipe' })
    .toString()
    .trim()
}

async function commit(files: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text)
  git('add', '--all')
  git('commit', '--quiet', '--message', 'a change')
  return git('rev-parse', 'HEAD')
}

test('what changed between two commits is told line by line, and moved lines are no new ones', async () => {
  await mkdir(join(source, 'src'))
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`)
  const first = await commit({
    'src/a.js': `${lines.join('\n')}\n`,
    'src/old.js': lines.map((line) => `${line}!\n`).join(''),
    gone: 'x',
  })
  const changed = lines.with(4, 'other').toSpliced(20, 0, 'new', 'newer').toSpliced(10, 1)
  await rm(join(source, 'gone'))
  git('mv', 'src/old.js', 'src/new name.js')
  const second = await commit({ 'src/a.js': `${changed.join('\n')}\n`, 'ünï\t"x"': 'one\ntwo' })
  expect(await repositories.changes(source, first, second)).toEqual([
    { path: 'src/a.js', lines: '5,20-21' },
    { path: 'ünï\t"x"', lines: '1-2' },
  ])
  expect(await repositories.changes(source, first, first)).toEqual([])
  await expect(repositories.changes(source, first, 'a'.repeat(40))).rejects.toMatchObject({ code: 'not_found' })
})

test('neither attributes, settings nor the text of a file can hide or invent a change', async () => {
  const first = await commit({ 'a.js': 'one\n', b: 'x' })
  git('config', 'diff.noprefix', 'true')
  git('config', 'diff.context', '9')
  git('config', 'diff.interHunkContext', '9')
  git('config', 'diff.hide.textconv', 'cat /dev/null')
  const second = await commit({
    '.gitattributes': '*.js -diff\nb diff=hide\n',
    'a.js': 'one\n++ b/evil.js\n@@ -0,0 +1,99 @@\n-- a/x',
    b: 'y',
  })
  expect(await repositories.changes(source, first, second)).toEqual([
    { path: '.gitattributes', lines: '1-2' },
    { path: 'a.js', lines: '2-4' },
    { path: 'b', lines: '1' },
  ])
})
