import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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

/** Serves `source` by git's own HTTP backend, for those who know the password. */
async function serve(): Promise<{ server: Server; url: string; withPassword: string; requests: () => number }> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    if (request.headers.authorization !== `Basic ${btoa('ana:pass word')}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const { pathname, search } = new URL(request.url ?? '', 'http://x')
    const env = {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'ana',
    }
    const backend = spawn('git', ['http-backend'], { env })
    request.pipe(backend.stdin)
    const chunks: Buffer[] = []
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    backend.on('close', () => {
      const answer = Buffer.concat(chunks)
      const end = answer.indexOf('\r\n\r\n')
      const headers = answer.subarray(0, end).toString().split('\r\n')
      for (const header of headers) {
        const [name = '', value = ''] = header.split(': ')
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
        else response.setHeader(name, value)
      }
      response.end(answer.subarray(end + 4))
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const path = `127.0.0.1:${port}/source`
  return { server, url: `http://${path}`, withPassword: `http://ana:pass%20word@${path}`, requests: () => count }
}

test('a remote repository is mirrored: what was resolved once is read and checked out without asking again', async () => {
  const first = await commit({ a: 'first' })
  git('tag', 'v1')
  const { server, url, withPassword, requests } = await serve()
  try {
    expect(await repositories.resolve(withPassword, 'HEAD')).toMatchObject({ id: first, branch: 'main' })
    expect(await repositories.resolve(withPassword, 'v1')).toMatchObject({ id: first, branch: null })
    const second = await commit({ a: 'second' })
    expect(await repositories.resolve(withPassword, 'main')).toMatchObject({ id: second, branch: 'main' })

    const asked = requests()
    expect(repositories.nameOf(withPassword)).toBe(url)
    expect(text(await repositories.read(url, first, 'a', 10))).toBe('first')
    const target = join(folder, 'target')
    await mkdir(target)
    await repositories.checkout(url, first, target)
    expect(await readFile(join(target, 'a'), 'utf8')).toBe('first')
    expect(requests()).toBe(asked)
  } finally {
    server.close()
  }
})

test('a forced push and a commit that no branch reaches any more are seen as they are', async () => {
  const first = await commit({ a: '1' })
  const { server, withPassword } = await serve()
  try {
    const second = await commit({ a: '2' })
    await repositories.resolve(withPassword, 'main')
    git('reset', '--quiet', '--hard', first)
    const third = await commit({ a: '3' })
    expect(await repositories.resolve(withPassword, 'main')).toMatchObject({ id: third })
    expect(await repositories.resolve(withPassword, second)).toMatchObject({ id: second, branch: null })
    git('reset', '--quiet', '--hard', first)
    const never = await commit({ a: '4' })
    git('reset', '--quiet', '--hard', first)
    expect(await repositories.resolve(withPassword, never)).toMatchObject({ id: never, branch: null })
  } finally {
    server.close()
  }
})

test('many at once resolve one remote without getting into each other’s way', async () => {
  const id = await commit({ a: '1' })
  const { server, withPassword } = await serve()
  try {
    const found = await Promise.all(Array.from({ length: 8 }, () => repositories.resolve(withPassword, 'main')))
    expect(new Set(found.map((one) => one.id))).toEqual(new Set([id]))
  } finally {
    server.close()
  }
})

test('without the password, or without a server, the refusal names the repository and never a credential', async () => {
  await commit({ a: '1' })
  const { server, url, withPassword } = await serve()
  await expect(repositories.resolve(url, 'main')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining(url),
  })
  server.close()
  server.closeAllConnections()
  const error = await repositories.resolve(withPassword, 'main').catch((thrown: unknown) => thrown)
  expect(error).toEqual(refusal('not_found'))
  expect(String(error)).not.toMatch(/pass|ana:/)
})

/** The arguments of everything that runs on this machine now. */
async function allArguments(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return lines.join('\n')
}

test('A21 no file of a mirror holds the password, and no program is started with it', async () => {
  await commit({ a: '1' })
  const { server, url, withPassword } = await serve()
  const seen: Promise<string>[] = []
  server.prependListener('request', () => void seen.push(allArguments()))
  try {
    await repositories.resolve(withPassword, 'main')
    const started = (await Promise.all(seen)).join('\n')
    expect(started).toContain(url)
    expect(started).not.toMatch(/pass( |%20)word/)
  } finally {
    server.close()
  }
  const files = await readdir(join(folder, 'mirrors'), { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile())) {
    expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toMatch(/pass( |%20)word/)
  }
})

test('A21 a password goes to the host it was given for, and to none that this one sends git on to', async () => {
  await commit({ a: '1' })
  const { server, url } = await serve()
  const authorizations: (string | undefined)[] = []
  server.prependListener('request', ({ headers }) => void authorizations.push(headers.authorization))
  const away = createServer((request, response) => {
    response.writeHead(302, { location: `${new URL(url).origin}${request.url}` }).end()
  })
  await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve))
  const { port } = away.address() as AddressInfo
  try {
    const repository = `http://ana:pass%20word@127.0.0.1:${port}/source`
    await expect(repositories.resolve(repository, 'main')).rejects.toMatchObject({ code: 'not_found' })
    expect(authorizations.length).toBeGreaterThan(0)
    expect(new Set(authorizations)).toEqual(new Set([undefined]))
  } finally {
    away.close()
    server.close()
  }
})

test('credentials that no line can hold are refused, and not shown', () => {
  for (const password of ['a%0Ahost=evil', '%ff', 'a%00']) {
    const named = () => repositories.nameOf(`https://ana:${password}@example.org/a.git`)
    expect(named).toThrow('expected an https or ssh URL')
    expect(named).not.toThrow(password)
  }
})

test('addresses are named without passwords, and local ones by where they really are', async () => {
  await symlink(source, join(folder, 'shortcut'))
  expect(repositories.nameOf(join(folder, 'shortcut'))).toBe(source)
  expect(repositories.nameOf('https://user:token@example.org/a/b.git?x#y')).toBe('https://example.org/a/b.git')
  expect(repositories.nameOf('ssh://git:secret@example.org:2222/a/b.git')).toBe('ssh://git@example.org:2222/a/b.git')
  expect(repositories.nameOf('git@example.org:a/b.git')).toBe('git@example.org:a/b.git')
})
