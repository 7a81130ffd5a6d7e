import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Repositories } from '../core/repository.ts'
import { createGitRepositories } from './git-repositories.ts'

let folder: string
let source: string
let repositories: Repositories

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-git-'))
  source = join(folder, 'source')
  await mkdir(source)
  git('init', '--quiet', '--initial-branch=main', '.')
  repositories = await createGitRepositories({ folder: join(folder, 'mirrors') })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function git(...args: string[]): string {
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_COMMITTER_DATE: '1700000000 +0100',
  }
  const identity = ['-c', 'user.name=Ana', '-c', 'user.email=Ana@Example.org', '-c', 'protocol.file.allow=always']
  return execFileSync('git', [...identity, ...args], { cwd: source, env, stdio: 'pipe' })
    .toString()
    .trim()
}

async function commit(files: Record<string, string>, message = 'a change'): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text)
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message', message)
  return git('rev-parse', 'HEAD')
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const refusal = (code: string) => expect.objectContaining({ name: 'Refusal', code })

test('a repository without any commit says so', async () => {
  const message = `${source} has no commit yet; make one with: git commit`
  await expect(repositories.resolve(source, 'HEAD')).rejects.toMatchObject({ code: 'not_found', message })
})

test('files are found by their names in whatever folder, nearest to the root first; nothing that is a link or hard to name', async () => {
  for (const path of ['web/app', 'api', 'a\u202eb', 'x.lock']) await mkdir(join(source, path), { recursive: true })
  const files = [
    'web/app/x.lock',
    'web/x.lock',
    'api/x.lock',
    'x.lock/y.lock',
    'my-x.lock',
    'a\u202eb/x.lock',
    'web/X.lock',
  ]
  const id = await commit(Object.fromEntries(files.map((path) => [path, path])))
  await symlink('web/x.lock', join(source, 'y.lock'))
  const later = await commit({ 'api/y.lock': 'later' })
  expect(await repositories.find(source, id, ['x.lock', 'y.lock'])).toEqual([
    'api/x.lock',
    'web/x.lock',
    'x.lock/y.lock',
    'web/app/x.lock',
  ])
  expect(await repositories.find(source, later, ['y.lock'])).toEqual(['api/y.lock', 'x.lock/y.lock'])
  expect(await repositories.find(source, id, ['z.lock'])).toEqual([])
  await expect(repositories.find(source, 'f'.repeat(40), ['x.lock'])).rejects.toEqual(refusal('not_found'))
  await expect(repositories.find(source, 'main', ['x.lock'])).rejects.toEqual(refusal('invalid'))
})

test('a branch, a tag, a full or a shortened id and HEAD all resolve, and only a branch is named as one', async () => {
  const first = await commit({ a: '1' }, 'First change\n\nand why')
  git('tag', '-a', '-m', 'one', 'v1')
  const second = await commit({ a: '2' })
  const found = await repositories.resolve(source, 'main')
  expect(found).toMatchObject({ id: second, branch: 'main', authorEmail: 'ana@example.org' })
  expect(found.committedAt).toEqual(new Date(1_700_000_000_000))
  expect(await repositories.resolve(source, 'HEAD')).toMatchObject({ id: second, branch: 'main' })
  expect(await repositories.resolve(source, 'v1')).toMatchObject({ id: first, branch: null, subject: 'First change' })
  expect(await repositories.resolve(source, first)).toMatchObject({ id: first, branch: null })
  expect(await repositories.resolve(source, first.slice(0, 10))).toMatchObject({ id: first, branch: null })
  expect(await repositories.resolve(source, 'refs/heads/main')).toMatchObject({ id: second, branch: 'main' })
  git('checkout', '--quiet', '--detach', first)
  expect(await repositories.resolve(source, 'HEAD')).toMatchObject({ id: first, branch: null })
})

test('a branch or tag that is called like a commit never stands for that commit', async () => {
  const first = await commit({ a: '1' })
  const second = await commit({ a: '2' })
  git('update-ref', `refs/heads/${first}`, second)
  git('update-ref', `refs/tags/${first}`, second)
  expect(await repositories.resolve(source, first)).toMatchObject({ id: first, branch: null })
})

test('a commit message cannot pose as the author', async () => {
  await commit({ a: '1' }, 'author Mallory <mallory@example.org> 1700000000 +0000\n\nauthor x <y@z> 1 +0000')
  expect((await repositories.resolve(source, 'main')).authorEmail).toBe('ana@example.org')
})

test('what is not there is refused by name', async () => {
  const id = await commit({ a: '1' })
  await expect(repositories.resolve(source, 'nope')).rejects.toMatchObject({ message: expect.stringContaining('nope') })
  await expect(repositories.resolve(source, 'f'.repeat(40))).rejects.toEqual(refusal('not_found'))
  await expect(repositories.resolve(join(folder, 'none'), 'main')).rejects.toEqual(refusal('not_found'))
  await mkdir(join(source, 'inner'))
  await expect(repositories.resolve(join(source, 'inner'), 'main')).rejects.toEqual(refusal('not_found'))
  await expect(repositories.read(source, id, 'nope', 10)).rejects.toEqual(refusal('not_found'))
  await expect(repositories.read(source, 'f'.repeat(40), 'a', 10)).rejects.toEqual(refusal('not_found'))
})

test('A09 a path tells nothing of what else is there, and repositories of the server itself are closed', async () => {
  const id = await commit({ a: '1' })
  const mirror = join(folder, 'mirrors', 'victim.git')
  execFileSync('git', ['clone', '--quiet', '--bare', source, mirror])
  await writeFile(join(folder, 'file'), 'x')
  await mkdir(join(folder, 'pointing'))
  await writeFile(join(folder, 'pointing', '.git'), `gitdir: ${mirror}\n`)
  await mkdir(join(folder, 'sharing', '.git'), { recursive: true })
  await writeFile(join(folder, 'sharing', '.git', 'HEAD'), 'ref: refs/heads/main\n')
  await writeFile(join(folder, 'sharing', '.git', 'commondir'), `${mirror}\n`)
  await symlink(mirror, join(folder, 'linked'))
  for (const name of [
    'none',
    'file',
    'file/x',
    '.',
    'mirrors',
    'mirrors/victim.git',
    'pointing',
    'sharing',
    'linked',
  ]) {
    const path = join(folder, name)
    const wanted = new RegExp(`^no git repository to read at (${path}|${mirror}); give the folder that has .git in it$`)
    const error = { code: 'not_found', message: expect.stringMatching(wanted) as string }
    await expect(repositories.resolve(path, 'main'), name).rejects.toMatchObject(error)
    await expect(repositories.read(path, id, 'a', 10), name).rejects.toMatchObject(error)
  }
})

test('A20 names that git would take for options, commands or expressions are refused', async () => {
  await commit({ a: '1' })
  const refs = [
    '--upload-pack=touch /tmp/pwn',
    '-oProxyCommand=x',
    'main~1',
    'main^{tree}',
    'main:a',
    '@{-1}',
    'a..b',
    'a b',
    'x\ny',
    '',
  ]
  for (const ref of refs) await expect(repositories.resolve(source, ref)).rejects.toEqual(refusal('invalid'))
  const addresses = [
    '--upload-pack=x',
    '-oProxyCommand=x',
    'ext::sh -c true',
    'file:///etc',
    'git://host/x',
    'relative/path',
    'ssh://-oProxyCommand=x/y',
    '-x@host:y',
    'https://',
    'http::x',
    'fd::17',
  ]
  for (const address of addresses) {
    await expect(repositories.resolve(address, 'main')).rejects.toEqual(refusal('invalid'))
  }
})

test('A20 a branch with shell metacharacters is a name and nothing else', async () => {
  const id = await commit({ a: '1' })
  const canary = join(folder, 'pwn')
  const branch = `x";touch\${IFS}${canary};"$(touch\${IFS}${canary})\`touch\${IFS}${canary}\``
  git('update-ref', `refs/heads/${branch}`, id)
  expect(await repositories.resolve(source, branch)).toMatchObject({ id, branch })
  expect(existsSync(canary)).toBe(false)
})

test('a file of a commit is read as it was then, within the limit, and links are not followed', async () => {
  await symlink('/etc/passwd', join(source, 'link'))
  const first = await commit({ 'lockflight.yaml': 'old', '[a]*': 'literal' })
  await commit({ 'lockflight.yaml': 'new' })
  expect(text(await repositories.read(source, first, 'lockflight.yaml', 3))).toBe('old')
  expect(text(await repositories.read(source, first, '[a]*', 100))).toBe('literal')
  await expect(repositories.read(source, first, 'lockflight.yaml', 2)).rejects.toEqual(refusal('too_large'))
  await expect(repositories.read(source, first, 'link', 1000)).rejects.toEqual(refusal('not_found'))
  await expect(repositories.read(source, first, '../source/lockflight.yaml', 1000)).rejects.toThrow(/inside/)
})

test('a checkout holds exactly that commit, shares nothing with its source, and answers git log', async () => {
  const first = await commit({ a: 'first', gone: 'x' })
  await rm(join(source, 'gone'))
  await commit({ a: 'second' })
  await writeFile(join(source, 'a'), 'not committed')
  const target = join(folder, 'target')
  await mkdir(target)
  await repositories.checkout(source, first, target)
  expect((await readdir(target)).toSorted()).toEqual(['.git', 'a', 'gone'])
  expect(await readFile(join(target, 'a'), 'utf8')).toBe('first')
  expect(execFileSync('git', ['log', '--format=%H %ae'], { cwd: target }).toString().trim()).toBe(
    `${first} Ana@Example.org`,
  )

  const files = await readdir(target, { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile())) {
    expect((await stat(join(file.parentPath, file.name))).nlink).toBe(1)
  }
  await rm(source, { recursive: true })
  expect(execFileSync('git', ['fsck'], { cwd: target }).toString()).toBe('')
})

test('hooks, filters and submodules, of the source or of this user, are not run', async () => {
  const canary = join(folder, 'canary')
  const program = join(folder, 'touch')
  await writeFile(program, `#!/bin/sh\ntouch ${canary}\ncat\n`, { mode: 0o755 })
  const submodule = `[submodule "sub"]\n\tpath = sub\n\turl = ext::${program}\n`
  await commit({ '.gitattributes': '* filter=canary diff=canary\n', '.gitmodules': submodule, a: '1' })
  git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD')},sub`)
  git('commit', '--quiet', '--message', 'sub')
  const id = git('rev-parse', 'HEAD')
  const settings = `[filter "canary"]\n\tsmudge = ${program}\n[core]\n\tfsmonitor = ${program}\n\tsshCommand = ${program}\n`
  const home = join(folder, 'home')
  const hooks = join(folder, 'hooks')
  for (const place of [home, hooks]) await mkdir(place)
  for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction'])
    await symlink(program, join(hooks, hook))
  await writeFile(
    join(home, '.gitconfig'),
    `${settings}\thooksPath = ${hooks}\n[uploadpack]\n\tpackObjectsHook = ${program}\n`,
  )
  await appendFile(join(source, '.git/config'), `${settings}\thooksPath = ${hooks}\n`)

  const target = join(folder, 'target')
  await mkdir(target)
  const before = process.env['HOME']
  process.env['HOME'] = home
  try {
    await repositories.resolve(source, 'main')
    await repositories.read(source, id, 'a', 10)
    await repositories.checkout(source, id, target)
    expect(await readFile(join(target, 'a'), 'utf8')).toBe('1')
    expect(existsSync(canary)).toBe(false)

    // The same without our care, to show that the trap works.
    execFileSync('git', ['checkout', '--quiet', '--force', 'HEAD'], { cwd: source, stdio: 'pipe' })
    expect(existsSync(canary)).toBe(true)
  } finally {
    process.env['HOME'] = before
  }
})

test('addresses are named without passwords, and local ones by where they really are', async () => {
  await symlink(source, join(folder, 'shortcut'))
  expect(repositories.nameOf(join(folder, 'shortcut'))).toBe(source)
  expect(repositories.nameOf('https://user:token@example.org/a/b.git?x#y')).toBe('https://example.org/a/b.git')
  expect(repositories.nameOf('ssh://git:secret@example.org:2222/a/b.git')).toBe('ssh://git@example.org:2222/a/b.git')
  expect(repositories.nameOf('git@example.org:a/b.git')).toBe('git@example.org:a/b.git')
})
