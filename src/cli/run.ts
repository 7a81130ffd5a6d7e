import { Refusal } from '../core/refusal.ts'
import { createContext } from './create-context.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'
import { findCommand } from './find-command.ts'
import type { CliParts } from './parts.ts'
import { readInput } from './read-input.ts'

/** Does what the arguments say (without `node` and the script) and returns what the process should end with. */
export async function runCli(argv: string[], parts: CliParts): Promise<ExitCode> {
  process.stdout.on('error', endWhenNobodyReads)
  try {
    return await call(argv, parts)
  } catch (error) {
    const { complain } = await import('./complain.ts')
    return complain(error, argv.includes('--json'))
  }
}

async function call(argv: string[], parts: CliParts): Promise<ExitCode> {
  const found = findCommand(argv)
  if (found.kind === 'version') {
    process.stdout.write(`${parts.version}\n`)
    return exitCodes.ok
  }
  if (found.kind !== 'command') return explain(found, parts)
  const { name, listing, rest } = found
  const command = await listing.load()
  const input = readInput(command, rest, name)
  const context = createContext(input, parts)
  if (input['help']) {
    const { commandText } = await import('./views/help-view.ts')
    process.stdout.write(`${commandText(name, listing.says, command, context.look)}\n`)
    return exitCodes.ok
  }
  // `readInput` has read exactly what the command declares.
  const code = (await command.run(context, input as never)) ?? exitCodes.ok
  const isTerminated = code === exitCodes.interrupted && context.interruption().reason === 'SIGTERM'
  return isTerminated ? exitCodes.terminated : code
}

async function explain(
  { kind, words }: { kind: 'help' | 'unknown'; words: string },
  parts: CliParts,
): Promise<ExitCode> {
  const { overviewText, unknownText } = await import('./views/help-view.ts')
  if (kind === 'unknown') throw new Refusal('invalid', unknownText(words), { reason: 'usage' })
  process.stdout.write(`${overviewText(words, createContext({}, parts).look)}\n`)
  return exitCodes.ok
}

/** `lockflight events | head` is no failure. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
}
