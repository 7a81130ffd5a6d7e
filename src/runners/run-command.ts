import { spawn, type ChildProcess } from 'node:child_process'
import { constants as flags } from 'node:fs'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult, Outside } from '../core/gate.ts'
import { sendSignal } from '../processes/send-signal.ts'

const keptOutputBytes = 64 * 1024
const answerLimitBytes = 64 * 1024
/** How long a process that left its group may keep the pipe open once the command has ended. */
const drainMilliseconds = 1000
/** What a script needs to find its tools; nothing else of our own environment reaches it. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** Runs one script with `bash -e -o pipefail` in an empty folder and its own process group, and ends that group whatever happens. */
export const runCommand: Outside['command'] = async (script, env, timeoutSeconds) => {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-command-'))
  const [scriptFile, answerFile, cwd] = [join(folder, 'script'), join(folder, 'answer'), join(folder, 'work')]
  try {
    await mkdir(cwd)
    await writeFile(scriptFile, script, { mode: 0o600 })
    const child = start(scriptFile, cwd, { ...basics(), ...env, LOCKFLIGHT_ANSWER: answerFile })
    return { ...(await endOf(child, timeoutSeconds)), answer: await answerIn(answerFile) }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function basics(): Record<string, string> {
  const kept = passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  // Without a language bash writes letters beyond ASCII as escapes.
  return { LANG: 'C.UTF-8', ...Object.fromEntries(kept) }
}

/** The outer shell only joins the two streams, so that lines stay in order, and is replaced by the inner one. */
function start(scriptFile: string, cwd: string, env: Record<string, string>): ChildProcess {
  const shell = ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', scriptFile]
  return spawn('bash', ['--noprofile', '--norc', '-c', 'exec "$@" 2>&1', 'lockflight', ...shell], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function endOf(child: ChildProcess, timeoutSeconds: number): Promise<Omit<CommandResult, 'answer'>> {
  const output = tailOf(child)
  let late = false
  const limit = setTimeout(() => {
    late = true
    endGroup(child)
  }, timeoutSeconds * 1000)
  let drain: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((done, failed) => {
      child.once('error', failed)
      child.once('exit', () => {
        endGroup(child)
        drain = setTimeout(() => child.stdout?.destroy(), drainMilliseconds)
      })
      child.once('close', () => done())
    })
  } finally {
    clearTimeout(limit)
    clearTimeout(drain)
  }
  if (late) throw new Error(`the command did not end within ${timeoutSeconds} s; ${lastWords(output())}`)
  const { exitCode, signalCode } = child
  return { exitCode: exitCode ?? 128 + (signalCode ? constants.signals[signalCode] : 0), output: output() }
}

function tailOf({ stdout }: ChildProcess): () => string {
  let kept = Buffer.alloc(0)
  stdout?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-keptOutputBytes)
  })
  return () => kept.toString('utf8')
}

function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) sendSignal(-pid, 'SIGKILL')
}

function lastWords(output: string): string {
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  return line === '' ? 'it printed nothing' : `it last printed: ${line.slice(0, 500)}`
}

async function answerIn(path: string): Promise<string> {
  // Whatever the script left there instead of a file must neither lead elsewhere nor make us wait.
  const mode = flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK
  const file = await open(path, mode).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!file) return ''
  try {
    const { size } = await file.stat()
    if (size > answerLimitBytes) throw new Error(`expected at most ${answerLimitBytes} bytes of answer, found ${size}`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
