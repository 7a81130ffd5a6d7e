import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { entryLine, readCheckpoints, readEntries } from '../src/core/log-export.ts'
import { leafHash } from '../src/core/merkle.ts'
import type { ExportedEntry } from '../src/core/verify-log.ts'
import { createCliShop, type CliShop } from './rig/cli-shop.ts'
import { runCommand, startCommand, type Outcome } from './rig/cli.ts'

const configuration = `project: shop
pipeline:
  jobs:
    hello:
      stage: build
      steps:
        - run: echo "hello from $LOCKFLIGHT_JOB"
        - run: printf '\\033[31mred\\033[0m\\n'
environments:
  dev: { deploy: { use: command, run: 'true' } }
  prod:
    after: [dev]
    gates: [{ use: approval, count: 2 }]
    deploy: { use: command, run: 'true' }
`

let shop: CliShop
let folder: string
let repository: string
let home: string

const lockflight = (...argv: string[]) => shop.lockflight(...argv)
const json = ({ stdout }: Outcome): unknown => JSON.parse(stdout)

beforeAll(async () => {
  shop = await createCliShop(configuration)
  ;({ folder, repository, home } = shop)
})

afterAll(() => shop.close())

test('the version is that of the package', async () => {
  expect(await lockflight('--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
})

test('a mistake in the arguments ends with 2, on stderr, and starts no server', async () => {
  for (const argv of [
    ['promot'],
    ['promote', '1'],
    ['runs', 'list', '--limit', 'x', '--state', 'odd'],
    ['--jsn', 'status'],
  ]) {
    const { code, stdout, stderr } = await lockflight(...argv)
    expect({ code, stdout }, argv.join(' ')).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^lockflight: (expected|there is no)/)
  }
  expect(json(await lockflight('server', 'status', '--json'))).toEqual({ running: false, ready: false, problems: [] })
})

test('a server that does not start says each thing that is wrong', async () => {
  const env = { LOCKFLIGHT_HOME: join(folder, 'wrong-settings'), LOCKFLIGHT_LISTEN: 'nowhere', LOCKFLIGHT_SIGNERS: 'x' }
  const { code, stderr } = await runCommand(['status', '--project', 'shop'], { cwd: folder, env })
  expect(code).toBe(1)
  expect(stderr).toContain('LOCKFLIGHT_LISTEN: expected host:port; found nowhere; ')
  expect(stderr).toContain('LOCKFLIGHT_SIGNERS')
})

test('with --json a refusal is JSON on stdout', async () => {
  const refused = await lockflight('promote', '1', '--json')
  expect(refused).toMatchObject({ code: 2, stderr: '' })
  expect(json(refused)).toMatchObject({ error: { code: 'invalid', reason: 'usage' } })
})

test('validate tells every problem with its place, and needs no server', async () => {
  expect((await lockflight('validate')).stdout).toBe(
    '✓ lockflight.yaml is valid: project shop, 1 jobs, 2 environments\n',
  )
  await writeFile(join(folder, 'wrong.yaml'), configuration.replace('approval', 'aproval').replace('stage', 'stge'))
  const { code, stderr } = await lockflight('validate', '../wrong.yaml')
  expect(code).toBe(2)
  expect(stderr).toContain('  ../wrong.yaml:4:5: expected `stage`, one of build, test, package; found nothing')
  expect(stderr).toContain('  ../wrong.yaml:5:7: expected one of stage, needs')
  expect(stderr).toMatch(/ {2}\.\.\/wrong\.yaml:13:20: expected one of .*; found aproval, did you mean approval\?/)
})

test('init writes a file that is valid, and never over one that is there', async () => {
  const fresh = join(folder, 'fresh')
  await mkdir(fresh)
  await writeFile(join(fresh, 'go.mod'), 'module example.com/fresh\n')
  const inFresh = (...argv: string[]) => runCommand(argv, { cwd: fresh, env: { LOCKFLIGHT_HOME: home } })
  expect((await inFresh('init')).stdout).toContain('wrote lockflight.yaml for project fresh, after looking at go.mod')
  expect((await inFresh('validate')).code).toBe(0)
  const before = await readFile(join(fresh, 'lockflight.yaml'), 'utf8')
  expect(await inFresh('init')).toMatchObject({ code: 1, stdout: '' })
  expect(await readFile(join(fresh, 'lockflight.yaml'), 'utf8')).toBe(before)
})

test('commands start the server when none runs, two at once get the same one, and its files are private', async () => {
  const [one, two] = await Promise.all([lockflight('whoami', '--json'), lockflight('keys', '--json')])
  expect([one.code, two.code]).toEqual([0, 0])
  const said = 'started a server in the background; stop it with: lockflight server stop\n'
  expect([one.stderr, two.stderr].filter((text) => text.includes(said)).length).toBeGreaterThan(0)
  expect(json(one)).toMatchObject({ kind: 'human', grants: [{ role: 'admin', project: null }] })
  expect((await lockflight('whoami')).stderr).toBe('')
  for (const file of ['server.json', 'credentials.json', 'server.log']) {
    expect((await stat(join(home, file))).mode & 0o077, file).toBe(0)
  }
  expect(await lockflight('server')).toMatchObject({ code: 1, stdout: '' })
})

test('apply shows what changes and asks for --yes where nobody can be asked', async () => {
  const asked = await lockflight('apply')
  expect(asked).toMatchObject({ code: 2, stdout: '' })
  expect(asked.stderr).toMatch(/\+ environments[^]*expected --yes or --dry-run/)
  expect((await lockflight('apply', '--dry-run')).stdout).toContain('+ environments')
  expect(json(await lockflight('apply', '--yes', '--json'))).toMatchObject({ changed: true, number: 1 })
  expect((await lockflight('apply', '--yes')).stdout).toBe('revision 1 already says exactly this; nothing to apply\n')
  expect((await lockflight('status')).stdout).toContain('dev → prod: no release yet')
})

test('run shows what the jobs print, A27 without what could steer a terminal, and ends as they do', async () => {
  const { code, stdout, stderr } = await lockflight('run')
  expect(stderr).toContain('hello │ hello from hello\n')
  expect(stderr).toContain('hello │ red\n')
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('✓ run #1 succeeded') as string })
  expect((await lockflight('runs', 'logs', '1')).stdout).toContain('hello │ hello from hello\n')
  expect((await lockflight('runs', 'show', '1')).stdout).toContain('✓ run #1 succeeded')
  expect(json(await lockflight('runs', 'list', '--json'))).toMatchObject({ items: [{ number: 1, state: 'succeeded' }] })
  expect(await lockflight('runs', 'show', '7')).toMatchObject({ code: 1, stdout: '' })
})

test('Ctrl-C ends the run it was shown for, and the command with it', async () => {
  await shop.commit(configuration.replace('- run: echo', '- run: echo here it waits; sleep 600; echo'))
  const child = startCommand(['run'], { cwd: repository, env: { LOCKFLIGHT_HOME: home } })
  const ended = once(child, 'close')
  let said = ''
  for await (const piece of child.stderr as AsyncIterable<Buffer>) {
    const before = said
    said += piece.toString()
    if (said.includes('│ here it waits') && !before.includes('│ here it waits')) child.kill('SIGINT')
  }
  expect(await ended).toEqual([130, null])
  expect(said).toContain('cancelling the run')
  const { items } = json(await lockflight('runs', 'list', '--json')) as { items: [{ number: number; state: string }] }
  expect(items[0]).toMatchObject({ number: 2, state: 'cancelled' })
})

test('someone with another token is someone else, and may do less', async () => {
  await lockflight('members', 'add', 'eve', '--name', 'Eve')
  await lockflight('grants', 'add', 'eve@local', 'viewer')
  const { stdout: token } = await lockflight('tokens', 'create', 'laptop', '--owner', 'eve@local')
  const asEve = (...argv: string[]) =>
    runCommand(argv, { cwd: repository, env: { LOCKFLIGHT_HOME: home, LOCKFLIGHT_TOKEN: token.trim() } })
  expect((await asEve('whoami')).stdout).toBe('eve@local (human, Eve)\n  viewer in shop\n')
  expect((await asEve('status')).code).toBe(0)
  const refused = await asEve('hold', '--env', 'prod', '--reason', 'because')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toContain('lockflight grants add eve@local <role>')
  expect((await lockflight('events', '--type', 'access.denied')).stdout).toContain('by eve@local')
})

test('a login is checked, stored privately, used from then on, and forgotten again', async () => {
  const { url } = JSON.parse(await readFile(join(home, 'server.json'), 'utf8')) as { url: string }
  const { token } = JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8')) as { token: string }
  const other = { cwd: repository, env: { LOCKFLIGHT_HOME: join(folder, 'other') } }
  expect(await runCommand(['login', '--server', url], { ...other, input: 'lf_wrong\n' })).toMatchObject({ code: 1 })
  expect(await readdir(folder)).not.toContain('other')
  expect((await runCommand(['login', '--server', url], { ...other, input: `${token}\n` })).stdout).toContain(url)
  expect((await stat(join(folder, 'other/logins.json'))).mode & 0o077).toBe(0)
  expect((await runCommand(['status'], other)).code).toBe(0)
  expect((await runCommand(['logout'], other)).code).toBe(0)
  expect(await readFile(join(folder, 'other/logins.json'), 'utf8')).not.toContain(token)
})

test('a secret is read from standard input and never shown again', async () => {
  const set = await runCommand(['secrets', 'set', 'KEY'], {
    cwd: repository,
    env: { LOCKFLIGHT_HOME: home },
    input: 'very-secret-value\n',
  })
  expect(set).toEqual({ code: 0, stdout: 'KEY is set\n', stderr: '' })
  const listed = await lockflight('secrets', 'list', '--json')
  expect(json(listed)).toMatchObject({ items: [{ name: 'KEY' }] })
  expect(listed.stdout).not.toContain('very-secret')
})

test('events follow what happens until they are interrupted', async () => {
  const child = startCommand(['events', '--follow', '--json', '--type=environment.held'], {
    cwd: repository,
    env: { LOCKFLIGHT_HOME: home },
  })
  const ended = once(child, 'close')
  const first = new Promise<string>((resolve) =>
    child.stdout.once('data', (piece: Buffer) => resolve(piece.toString())),
  )
  // The stream begins where it was opened, so what is held before that would not be in it.
  const holdOnce = async () => {
    await lockflight('hold', '--env', 'prod', '--reason', 'drill')
    await lockflight('resume', '--env', 'prod', '--reason', 'done')
    return ''
  }
  let seen = ''
  while (seen === '') seen = await Promise.race([first, holdOnce()])
  child.kill('SIGINT')
  expect(JSON.parse(seen.split('\n')[0] ?? '')).toMatchObject({ type: 'environment.held', environment: 'prod' })
  expect(await ended).toEqual([0, null])
})

test('A30 the log is verified on the server, and in an export without it; one changed letter is found', async () => {
  expect((await lockflight('audit', 'verify')).stdout).toMatch(/^✓ the log is whole: \d+ entries/)
  const exported = join(folder, 'export')
  expect((await lockflight('audit', 'export', exported)).code).toBe(0)
  expect(await lockflight('audit', 'export', exported)).toMatchObject({ code: 1, stdout: '' })
  const offline = (...argv: string[]) =>
    runCommand(['audit', 'verify', exported, ...argv], { cwd: folder, env: { LOCKFLIGHT_HOME: join(folder, 'none') } })
  expect(await offline()).toMatchObject({ code: 0, stdout: expect.stringContaining('whole') as string })
  for (const kept of [exported, join(exported, 'checkpoints.ndjson')]) {
    expect(await lockflight('audit', 'verify', '--checkpoint', kept)).toMatchObject({ code: 0 })
  }
  const checkpoints = await readFile(join(exported, 'checkpoints.ndjson'), 'utf8')
  const { note } = JSON.parse(checkpoints.slice(0, checkpoints.indexOf('\n'))) as { note: string }
  await writeFile(join(folder, 'kept'), `${note}\n`)
  expect(await lockflight('audit', 'verify', '--checkpoint', join(folder, 'kept'))).toMatchObject({ code: 0 })
  await writeFile(join(folder, 'kept'), 'no checkpoint\n')
  const none = await lockflight('audit', 'verify', '--checkpoint', join(folder, 'kept'))
  expect(none).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('expected a checkpoint in') as string,
  })
  const nowhere = await lockflight('audit', 'verify', '--checkpoint', join(folder, 'nowhere'))
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('found no such file') as string })
  const file = join(exported, 'entries.ndjson')
  await writeFile(file, (await readFile(file, 'utf8')).replace('eve@local', 'ben@local'))
  const { code, stdout } = await offline('--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, violates: 'integrity' })
  expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([])
})

test('A30 an export holds every checkpoint: a forged entry is named, or the two checkpoints it lies between', async () => {
  const exported = join(folder, 'forged')
  expect((await lockflight('audit', 'export', exported)).code).toBe(0)
  const notes = await Array.fromAsync(readCheckpoints(createReadStream(join(exported, 'checkpoints.ndjson'))))
  const sizes = notes.map((note) => Number(note.split('\n')[1]))
  expect(sizes.length).toBeGreaterThan(3)
  expect(sizes).toEqual([...new Set(sizes)].toSorted((one, other) => one - other))
  const file = join(exported, 'entries.ndjson')
  const entries = await Array.fromAsync(readEntries(createReadStream(file)))
  expect(entries).toHaveLength(sizes.at(-1) ?? 0)
  const between = sizes.length >> 1
  const [from = 0, to = 0] = [sizes[between - 1], sizes[between]]
  const victim = to - 1
  const verdictOn = async (change: (entry: ExportedEntry) => ExportedEntry) => {
    await writeFile(file, entries.map((entry) => entryLine(entry.index === victim ? change(entry) : entry)).join(''))
    const outcome = await lockflight('audit', 'verify', exported, '--json')
    expect(outcome.code).toBe(1)
    return json(outcome)
  }
  const body = entries[victim]!.body.replace('"actor":"', '"actor":"not-')
  expect(await verdictOn((entry) => ({ ...entry, body }))).toMatchObject({ violates: 'integrity', index: victim })
  // Whoever knows the format also forges the hash beside it; then the signed roots before and after tell.
  const forged = await verdictOn((entry) => ({ ...entry, body, leaf: leafHash(body) }))
  expect(forged).toMatchObject({ violates: 'integrity', index: from, proven: from })
  expect(forged).toMatchObject({ reason: expect.stringContaining(`the first ${to} entries do not give the root`) })
})

test('A30 an export that is not whole is no log: what is missing or cannot be read is named, with 1 and without a stack', async () => {
  const exported = join(folder, 'incomplete')
  expect((await lockflight('audit', 'export', exported)).code).toBe(0)
  await cp(exported, join(folder, 'complete'), { recursive: true })
  const verify = (...argv: string[]) => lockflight('audit', 'verify', exported, ...argv)
  const vkey = join(exported, 'log.vkey')
  await writeFile(vkey, (await readFile(vkey, 'utf8')).replace(/.\n$/, '!\n'))
  expect(await verify()).toMatchObject({ code: 1, stderr: expect.stringContaining('log.vkey: expected a') as string })
  for (const file of ['log.vkey', 'entries.ndjson', 'checkpoints.ndjson']) {
    await rm(join(exported, file))
    const { code, stdout, stderr } = await verify()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^lockflight: the exported log in .*: ${file}: .*found no such file`))
    expect(stderr).not.toMatch(/\.[jt]s:\d|something broke/)
    const error = { code: 'unprocessable', reason: 'export_invalid', problems: [{ at: file }] }
    expect(json(await verify('--json'))).toMatchObject({ error })
    await cp(join(folder, 'complete', file), join(exported, file))
  }
  expect(await lockflight('audit', 'verify', join(folder, 'none-here'))).toMatchObject({ code: 2, stdout: '' })
})

test('A30 a log that is not the one seen the last time is found', async () => {
  const remembered = join(home, 'remembered', 'lockflight.localhost.json')
  const seen = JSON.parse(await readFile(remembered, 'utf8')) as { vkey: string; note: string }
  await writeFile(
    remembered,
    JSON.stringify({ ...seen, vkey: seen.vkey.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')) }),
  )
  const { code, stdout } = await lockflight('audit', 'verify')
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('key was') as string })
})

test('output that nobody reads any more is no failure', async () => {
  const child = startCommand(['events', '--limit', '100'], { cwd: repository, env: { LOCKFLIGHT_HOME: home } })
  child.stdout.destroy()
  expect((await once(child, 'exit'))[0]).toBe(0)
})

test('stop ends the server and leaves no trace of a running one', async () => {
  expect((await lockflight('server', 'stop')).stdout).toMatch(/^stopped the server at /)
  expect(await readdir(home)).not.toContain('server.json')
  expect((await lockflight('server', 'stop')).stdout).toBe('no server runs here\n')
})
