import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const run = (script: string, env: Record<string, string> = {}, timeoutSeconds = 20) =>
  runCommand(script, env, timeoutSeconds)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<boolean> {
  const deadline = performance.now() + 5000
  while (isAlive(pid) && performance.now() < deadline) await new Promise((next) => setImmediate(next))
  return !isAlive(pid)
}

test('exit code and both streams come back in order', async () => {
  const result = await run('echo one; echo two >&2; echo three; exit 10')
  expect(result).toEqual({ exitCode: 10, output: 'one\ntwo\nthree\n', answer: '' })
})

test('a script stops at its first failure, also inside a pipe', async () => {
  expect(await run('false | cat; echo unreached')).toMatchObject({ exitCode: 1, output: '' })
})

test('A20 values arrive as they are, and are never read as code', async () => {
  const value = `$(touch /tmp/x) "; rm -rf / #\n'`
  const { output } = await run('printf %s "$VALUE"', { VALUE: value })
  expect(output).toBe(value)
})

test('nothing of our own environment but the basics reaches the script', async () => {
  process.env['LOCKFLIGHT_CANARY'] = 'secret'
  const { output } = await run('env')
  delete process.env['LOCKFLIGHT_CANARY']
  expect(output).not.toContain('secret')
  const names = output
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0])
  const expected = new Set([
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'TZ',
    'TMPDIR',
    'LOCKFLIGHT_ANSWER',
    'PWD',
    'SHLVL',
    '_',
    'OLDPWD',
  ])
  expect(names.filter((name) => !expected.has(name ?? ''))).toEqual([])
})

test('what is written to the answer file comes back', async () => {
  expect((await run('echo \'{"reason":"ok"}\' > "$LOCKFLIGHT_ANSWER"')).answer).toBe('{"reason":"ok"}\n')
})

test.each([
  ['a link to another file', 'ELOOP', 'ln -s /etc/hostname "$LOCKFLIGHT_ANSWER"'],
  ['a folder', 'EISDIR', 'mkdir "$LOCKFLIGHT_ANSWER"'],
  ['too much', 'at most 65536 bytes', 'head -c 100000 /dev/zero > "$LOCKFLIGHT_ANSWER"'],
])('an answer that is %s is an error', async (_, words, script) => {
  await expect(run(script)).rejects.toThrow(words)
})

test('a named pipe in place of the answer does not make us wait', async () => {
  expect((await run('mkfifo "$LOCKFLIGHT_ANSWER"')).answer).toBe('')
})

test('a command that takes too long is ended with everything it started', async () => {
  const work = run('sleep 1000 & echo $!; wait', {}, 1)
  await expect(work).rejects.toThrow(/did not end within 1 s; it last printed: \d+/)
  const pid = Number(/\d+$/.exec(await work.then(String, String))?.[0])
  expect(await gone(pid)).toBe(true)
})

test('what runs on in the background ends with the command', async () => {
  const { output } = await run('sleep 1000 & echo $!')
  expect(await gone(Number(output))).toBe(true)
})

test('a process that leaves its group does not make us wait', async () => {
  const started = performance.now()
  const leave = `setsid --fork sh -c 'echo $$ > pid; exec sleep 1000'; until [ -s pid ]; do :; done; cat pid`
  const { output } = await run(leave)
  process.kill(Number(output), 'SIGKILL')
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a command ended by a signal says so as a shell does', async () => {
  expect((await run('kill -TERM $$')).exitCode).toBe(143)
})

test('of a lot of output only the end is kept', async () => {
  const { output } = await run('head -c 10000000 /dev/zero | tr "\\0" x; echo; echo end')
  expect(output.length).toBe(64 * 1024)
  expect(output.endsWith('x\nend\n')).toBe(true)
})

test('nothing stays behind in the temporary folder', async () => {
  const { output } = await run('pwd; touch left-behind')
  expect(output).toContain(tmpdir())
  const [, name = ''] = /(lockflight-command-[^/]+)/.exec(output) ?? []
  expect(await readdir(tmpdir())).not.toContain(name)
})
