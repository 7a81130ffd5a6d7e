import type { Client } from '../client.ts'
import { homeOf } from '../core/home.ts'
import type { Context, GlobalOptions } from './context.ts'
import { coloured, plain, type Paint } from './look.ts'
import type { CliParts } from './parts.ts'
import { printableDeep, printableJson } from './printable.ts'
import { interruption } from './told-to-stop.ts'

/** The context of one invocation, over the real terminal and environment. */
export function createContext(options: GlobalOptions, parts: CliParts): Context {
  const { env, stdout } = process
  const json = options.json ?? false
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  let client: Promise<Client> | undefined
  let interrupted: AbortSignal | undefined
  const context: Context = {
    json,
    folder: process.cwd(),
    // Help is given even where it is set to what cannot be.
    get home() {
      return homeOf(env['LOCKFLIGHT_HOME'], process.getBuiltinModule('node:os').homedir())
    },
    parts,
    look: { paint: paintFor(stdout, env), now: new Date(), ...(stdout.isTTY && { columns: stdout.columns }) },
    isInteractive: () => process.stdin.isTTY && process.stderr.isTTY,
    say,
    interruption: () => (interrupted ??= interruption()),
    project: async () =>
      (options.project ?? env['LOCKFLIGHT_PROJECT']) || (await import('./find-project.ts')).findProject(context.folder),
    client: () => (client ??= connected({ server: options.server, home: context.home, say })),
    ask: async (work) => {
      const answer = await work(await context.client())
      return json ? answer : printableDeep(answer)
    },
    show: (answer, view) => void stdout.write(`${json ? printableJson(answer, 2) : view(answer, context.look)}\n`),
  }
  return context
}

async function connected(options: Parameters<(typeof import('./connect.ts'))['connect']>[0]): Promise<Client> {
  // The client loads while the server is asked whether it is there.
  const client = import('../client.ts')
  const { connect } = await import('./connect.ts')
  const [{ createClient }, credential] = await Promise.all([client, connect(options)])
  return createClient(credential)
}

/** Colours only where a person looks, and where NO_COLOR (no-color.org) does not forbid them. */
function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return plain
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return coloured
  return stream.isTTY && env['TERM'] !== 'dumb' ? coloured : plain
}
