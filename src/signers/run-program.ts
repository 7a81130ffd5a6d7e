import { spawn } from 'node:child_process'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { sendSignal } from '../processes/send-signal.ts'

/** A program to run, without a shell; what it reads from its standard input, and how long it may take. */
export interface ProgramCall {
  program: string
  arguments: string[]
  input?: Uint8Array
  limitSeconds: number
}

const largestOutputBytes = 64 * 1024
const keptErrorBytes = 4 * 1024
/** How long a process that left its group may keep the pipes open once the program has ended. */
const drainMilliseconds = 1000
/** What a program needs to find its tools and its own settings; nothing else of our environment reaches it. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** Runs a program in its own process group, which it ends whatever happens, and returns what it printed. Refuses with `unavailable` when it ends with another code than 0, takes too long or prints too much. */
export async function runProgram(call: ProgramCall): Promise<string> {
  const { program } = call
  const child = spawn(program, call.arguments, {
    cwd: '/',
    env: Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    detached: true,
    stdio: 'pipe',
  })
  let problem: string | undefined
  const stopFor = (why: string) => {
    problem ??= why
    endGroup(child.pid)
  }
  const limit = setTimeout(() => stopFor(`took longer than ${call.limitSeconds} s`), call.limitSeconds * 1000)
  const output: Buffer[] = []
  let printed = 0
  let said = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.length
    if (printed > largestOutputBytes) stopFor(`printed more than ${largestOutputBytes} bytes`)
    else output.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]).subarray(0, keptErrorBytes)
  })
  // One that ends without reading is judged by what it answers.
  child.stdin.on('error', () => undefined)
  child.stdin.end(call.input ?? '')
  let drain: NodeJS.Timeout | undefined
  const { error, code } = await new Promise<{ error?: Error; code: number | null }>((resolve) => {
    child.once('error', (failure) => resolve({ error: failure, code: null }))
    child.once('exit', () => {
      endGroup(child.pid)
      drain = setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), drainMilliseconds)
    })
    child.once('close', (exitCode) => resolve({ code: exitCode }))
  })
  clearTimeout(limit)
  clearTimeout(drain)
  if (error) throw refused(program, `cannot be started: ${error.message}`)
  if (problem !== undefined) throw refused(program, problem)
  if (code === 0) return Buffer.concat(output).toString('utf8')
  const words = oneLine(said.toString('utf8'), 300)
  throw refused(program, `ended with ${code ?? 'a signal'}${words === '' ? '' : `: ${words}`}`)
}

function refused(program: string, why: string): Refusal {
  return new Refusal('unavailable', `${program} ${why}`, { reason: 'signer_unavailable' })
}

function endGroup(pid: number | undefined): void {
  if (pid !== undefined) sendSignal(-pid, 'SIGKILL')
}
