import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { quote, typed } from './narrate.ts'

const root = resolve(import.meta.dirname, '../..')

/** Where the demo plays: everything it makes is below `folder`. */
export interface Place {
  folder: string
  /** The repository of the shop. */
  shop: string
  env: Record<string, string>
}

/** Someone at a terminal. */
export interface Person {
  name: string
  place: Place
  /** Null: the person who started the server, whose credentials lie in the home folder. */
  token: string | null
}

/** How a command is run. */
export interface Invocation {
  /** Exit codes that belong to the story; any other ends the demo. */
  expected?: number[]
  /** True: neither the command nor its output is shown. */
  quiet?: boolean
}

/** Environment for children: this checkout's `lockflight` and Node first. */
export function environmentOf(folder: string): Record<string, string> {
  const path = `${join(root, 'bin')}:${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  const passed = ['HOME', 'USER', 'LANG', 'TERM', 'TMPDIR', 'CI', 'NO_COLOR', 'FORCE_COLOR']
  const kept = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    LOCKFLIGHT_HOME: join(folder, 'home'),
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
  }
}

/** Runs a lockflight command in the shop's repository, shows it with what it printed, and returns its stdout. */
export async function lockflight(
  person: Person,
  args: string[],
  { expected = [0], quiet = false }: Invocation = {},
): Promise<string> {
  if (!quiet) typed(person.name, ['lockflight', ...args].map(quoted).join(' '))
  const { place, token } = person
  const env = token === null ? place.env : { ...place.env, LOCKFLIGHT_TOKEN: token }
  const { code, stdout, both } = await collect(['lockflight', ...args], { cwd: place.shop, env })
  if (!quiet) quote(both)
  if (expected.includes(code)) return stdout
  throw new Error(
    `lockflight ${args.join(' ')} ended with exit code ${code}, expected ${expected.join(' or ')}:\n${both}`,
  )
}

/** The same, for what the demo itself wants to know. */
export async function ask<Answer>(person: Person, args: string[]): Promise<Answer> {
  return JSON.parse(await lockflight(person, [...args, '--json'], { quiet: true })) as Answer
}

async function collect(
  [command = '', ...args]: string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<{ code: number; stdout: string; both: string }> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let both = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    both += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (both += text))
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed)
    child.once('close', (exitCode, signal) =>
      signal ? failed(new Error(`${command} ended by ${signal}`)) : done(exitCode ?? 1),
    )
  })
  return { code, stdout, both }
}

function quoted(word: string): string {
  return /^[\w@./:=,-]+$/.test(word) ? word : `"${word}"`
}
