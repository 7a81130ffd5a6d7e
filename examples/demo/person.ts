import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { quote, quoting, typed } from './narrate.ts'

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
  /** The exit code that belongs to the story; any other ends the demo. */
  expected?: number
  /** `last`: only the last line it prints is shown. */
  show?: 'all' | 'last'
}

/** Environment for children: this checkout's `lockflight` and Node first, and any free port. */
export function environmentOf(folder: string): Record<string, string> {
  const path = `${join(root, 'bin')}:${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  const passed = ['HOME', 'USER', 'LANG', 'TERM', 'TMPDIR', 'NO_COLOR', 'FORCE_COLOR']
  const kept = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  const own = { PATH: path, LOCKFLIGHT_HOME: join(folder, 'home'), LOCKFLIGHT_LISTEN: '127.0.0.1:0' }
  return { ...Object.fromEntries(kept), ...own }
}

/** Runs a lockflight command in the shop's repository, and shows it with what it prints while it prints it. */
export async function lockflight(
  { name, place, token }: Person,
  args: string[],
  { expected = 0, show = 'all' }: Invocation = {},
): Promise<void> {
  typed(name, ['lockflight', ...args].map(quoted).join(' '))
  const env = token === null ? place.env : { ...place.env, LOCKFLIGHT_TOKEN: token }
  const child = spawn('lockflight', args, { cwd: place.shop, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) quoting(stream, (line) => lines.push(line), show === 'all')
  const code = await new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done))
  if (show === 'last') quote(lines.at(-1) ?? '')
  if (code === expected) return
  const said = lines.join('\n')
  throw new Error(`lockflight ${args.join(' ')} ended with exit code ${code}, expected ${expected}:\n${said}`)
}

function quoted(word: string): string {
  return /^[\w@./:=,-]+$/.test(word) ? word : `"${word}"`
}
