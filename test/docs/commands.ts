import { findCommand } from '../../src/cli/find-command.ts'
import { readInput } from '../../src/cli/read-input.ts'
import { Refusal } from '../../src/core/refusal.ts'
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
export async function refusalOf(command: string): Promise<string | null> {
  const call = findCommand(words(command).slice(1))
  if (call.kind === 'unknown') return `there is no command ${call.words}`
  if (call.kind !== 'command') return null
  const takes = await call.listing.load()
  try {
    readInput(takes, call.rest, call.name)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

/** The same for a command in a sentence, where what it needs may be left out. */
export async function refusalOfMention(command: string): Promise<string | null> {
  const refusal = await refusalOf(command)
  return refusal !== null && /; found (nothing|none) \(/.test(refusal) ? null : refusal
}

/** Splits as a shell would, as far as our pages use it: blanks, both quotes, and a comment at the end. */
function words(line: string): string[] {
  const found = line.replace(/\s#.*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)
  return [...found].map(([, double, single, bare]) => double ?? single ?? bare ?? '')
}
