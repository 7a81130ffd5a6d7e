import { CommanderError, type Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import { blocks, inlineCode, type Page } from './markdown.ts'

/** The `lockflight …` commands a page tells its reader to run, each as one line. */
export function commandsToRun(page: Page): string[] {
  return blocks(page)
    .filter(({ language }) => ['sh', 'bash', 'console'].includes(language))
    .flatMap(({ text }) => text.replaceAll(/\s*\\\n\s*/g, ' ').split('\n'))
    .flatMap((line) => line.match(/(?:^|[$(|&;]\s*|\s)(lockflight\s[^|;&>)]*)/)?.[1] ?? [])
}

/** The commands a page only mentions in a sentence. */
export function commandsMentioned(page: Page): string[] {
  return inlineCode(page).filter((code) => code.startsWith('lockflight '))
}

/** Why the command line would refuse this command; null when it would not. */
export function refusalOf(command: string): string | null {
  const program = createProgram('0.0.0', (declared) => void declared.action(() => undefined))
  forEach(program, (each) =>
    each.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined }),
  )
  try {
    program.parse(words(command).slice(1), { from: 'user' })
    return null
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? null : error.message
  }
}

/** The same for a command in a sentence, where arguments may be left out. */
export function refusalOfMention(command: string): string | null {
  const refusal = refusalOf(command)
  return refusal?.startsWith('error: missing required argument') || refusal?.startsWith('error: required option')
    ? null
    : refusal
}

function forEach(command: Command, work: (command: Command) => void): void {
  work(command)
  for (const child of command.commands) forEach(child, work)
}

/** Splits as a shell would, as far as our pages use it: blanks, both quotes, and a comment at the end. */
function words(line: string): string[] {
  const found = line.replace(/\s#.*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)
  return [...found].map(([, double, single, bare]) => double ?? single ?? bare ?? '')
}
