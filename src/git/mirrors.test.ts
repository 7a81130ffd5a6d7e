import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRepository } from '../../test/rig/repository.ts'
import type { Repositories } from '../core/repository.ts'
import { createGitRepositories } from './git-repositories.ts'

let folder: string
let source: Awaited<ReturnType<typeof createRepository>>
let repositories: Repositories

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-mirrors-'))
  source = await createRepository(join(folder, 'source'))
  repositories = await createGitRepositories({ folder: join(folder, 'mirrors') })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const refusal = (code: string) => expect.objectContaining({ name: 'Refusal', code })

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
  const first = await source.commit({ files: { a: 'first' } })
  await source.git('tag', 'v1')
  const { server, url, withPassword, requests } = await serve()
  try {
    expect(await repositories.resolve(withPassword, 'HEAD')).toMatchObject({ id: first, branch: 'main' })
    expect(await repositories.resolve(withPassword, 'v1')).toMatchObject({ id: first, branch: null })
    const second = await source.commit({ files: { a: 'second' } })
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
  const first = await source.commit({ files: { a: '1' } })
  const { server, withPassword } = await serve()
  try {
    const second = await source.commit({ files: { a: '2' } })
    await repositories.resolve(withPassword, 'main')
    await source.git('reset', '--quiet', '--hard', first)
    const third = await source.commit({ files: { a: '3' } })
    expect(await repositories.resolve(withPassword, 'main')).toMatchObject({ id: third })
    expect(await repositories.resolve(withPassword, second)).toMatchObject({ id: second, branch: null })
    await source.git('reset', '--quiet', '--hard', first)
    const never = await source.commit({ files: { a: '4' } })
    await source.git('reset', '--quiet', '--hard', first)
    expect(await repositories.resolve(withPassword, never)).toMatchObject({ id: never, branch: null })
  } finally {
    server.close()
  }
})

test('many at once resolve one remote without getting into each other’s way', async () => {
  const id = await source.commit({ files: { a: '1' } })
  const { server, withPassword } = await serve()
  try {
    const found = await Promise.all(Array.from({ length: 8 }, () => repositories.resolve(withPassword, 'main')))
    expect(new Set(found.map((one) => one.id))).toEqual(new Set([id]))
  } finally {
    server.close()
  }
})

test('without the password, or without a server, the refusal names the repository and never a credential', async () => {
  await source.commit({ files: { a: '1' } })
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

test('A21 where ssh fails, the refusal has the last that it said, in one line, bounded, and never a password', async () => {
  const refusalWith = async (script: string): Promise<string> => {
    await writeFile(join(folder, 'ssh'), `#!/bin/sh\n${script}\nexit 255\n`, { mode: 0o755 })
    const path = process.env['PATH']
    process.env['PATH'] = `${folder}:${path}`
    try {
      const error = await repositories.resolve('git@shop.example:a.git', 'main').catch((thrown: unknown) => thrown)
      expect(error).toEqual(refusal('not_found'))
      return (error as Error).message
    } finally {
      process.env['PATH'] = path
    }
  }
  const gitSays = 'cannot read repository git@shop.example:a.git: Could not read from remote repository'
  const said = String.raw`printf 'one\n\ntwo\r\n\033[1mthree\nPermission denied (publickey).\r\n' >&2`
  expect(await refusalWith(said)).toBe(`${gitSays}: two; [1mthree; Permission denied (publickey).`)
  expect(await refusalWith('')).toBe(`${gitSays}.`)
  expect(await refusalWith(`echo 'see https://ana:pass-word@shop.example/a for help' >&2`)).toBe(
    `${gitSays}: see https://shop.example/a for help`,
  )
  const long = await refusalWith(`echo https://ana:pass-word@shop.example/${'x'.repeat(375)} >&2`)
  expect(long.length).toBeLessThan(500)
  expect(long).not.toContain('word')
})

/** The arguments of everything that runs on this machine now. */
async function allArguments(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return lines.join('\n')
}

test('A21 no file of a mirror holds the password, and no program is started with it', async () => {
  await source.commit({ files: { a: '1' } })
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
  await source.commit({ files: { a: '1' } })
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
