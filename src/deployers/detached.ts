import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** Where and how a detached process starts. */
export interface DetachedOptions {
  cwd: string
  env: Record<string, string>
  /** Both streams are added to the end of this file. */
  output: string
}

const passedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** What everything started here gets of Lockflight's own environment; never its credentials. */
export function basicEnvironment(): Record<string, string> {
  const kept = passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
  return { LANG: 'C.UTF-8', ...Object.fromEntries(kept) }
}

/** Starts a process that leads its own group and survives this one. */
export async function startDetached(
  command: string,
  args: string[],
  { cwd, env, output }: DetachedOptions,
): Promise<ChildProcess> {
  const file = await open(output, 'a', 0o600)
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', file.fd, file.fd] })
    await once(child, 'spawn')
    child.unref()
    return child
  } finally {
    await file.close()
  }
}

/** Starts one of the programs beside this file with the Node that runs now; compiled code is kept in `cache`, which halves the time to start, and for the programs it starts in turn. */
export async function startProgram(
  name: string,
  args: string[],
  {
    cwd,
    output,
    cache = process.env['NODE_COMPILE_CACHE'],
  }: { cwd: string; output: string; cache?: string | undefined },
): Promise<ChildProcess> {
  const program = join(import.meta.dirname, `${name}${extname(import.meta.filename)}`)
  const env = { ...basicEnvironment(), ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) }
  return startDetached(process.execPath, [program, ...args], { cwd, env, output })
}
