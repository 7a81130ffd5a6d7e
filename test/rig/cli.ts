import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../../bin/lockflight')

/** How a command went. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

interface Surroundings {
  cwd: string
  env: Record<string, string>
  input?: string
}

/** Runs the real command line with nothing of this process's environment but the PATH. */
export async function runCommand(argv: string[], surroundings: Surroundings): Promise<Outcome> {
  const child = startCommand(argv, surroundings)
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)]
  child.stdin.on('error', () => undefined).end(surroundings.input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: await stdout, stderr: await stderr }
}

/** The same, still running. */
export function startCommand(argv: string[], { cwd, env }: Surroundings) {
  return spawn(process.execPath, [program, ...argv], { cwd, env: { PATH: process.env['PATH'], ...env } })
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString()
}
