import { commands, type Listing } from './commands.ts'
import { globalOptions } from './read-input.ts'

/** What the arguments ask for. */
export type Call =
  | { kind: 'command'; name: string; listing: Listing; rest: string[] }
  | { kind: 'version' }
  /** The overview, or the part of it whose names begin with `words`. */
  | { kind: 'help'; words: string }
  | { kind: 'unknown'; words: string }

/** Finds the command among the arguments: its one or two words may stand after options that every command takes. */
export function findCommand(argv: string[]): Call {
  const listings: Record<string, Listing> = Object.assign({}, ...Object.values(commands))
  const [first, second] = wordsIn(argv)
  if (!first) {
    const version = argv.includes('--version') || argv.includes('-V')
    return version ? { kind: 'version' } : { kind: 'help', words: '' }
  }
  if (first.word === 'help') return { kind: 'help', words: argv.slice(first.index + 1).join(' ') }
  const pair = second && `${first.word} ${second.word}`
  for (const name of [pair, first.word]) {
    const listing = name !== undefined && Object.hasOwn(listings, name) ? listings[name] : undefined
    if (!listing || name === undefined) continue
    const taken = name === pair ? [first.index, second?.index] : [first.index]
    return { kind: 'command', name, listing, rest: argv.filter((_, index) => !taken.includes(index)) }
  }
  const wantsHelp = argv.includes('--help') || argv.includes('-h')
  const isGroup = Object.keys(listings).some((name) => name.startsWith(`${first.word} `))
  if (isGroup && (wantsHelp || !second)) return { kind: 'help', words: first.word }
  return { kind: 'unknown', words: isGroup ? (pair ?? first.word) : first.word }
}

/** Words that are neither options nor values of the options every command takes. */
function wordsIn(argv: string[]): { word: string; index: number }[] {
  return argv.flatMap((word, index) => {
    const before = argv[index - 1]?.replace(/^--/, '') ?? ''
    const isValue =
      argv[index - 1]?.startsWith('--') &&
      before in globalOptions &&
      'value' in globalOptions[before as keyof typeof globalOptions]
    return word.startsWith('-') || isValue ? [] : [{ word, index }]
  })
}
