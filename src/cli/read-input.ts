import { Refusal } from '../core/refusal.ts'
import type { Command, OptionDefinition, Options } from './command.ts'

/** The options every command takes. */
export const globalOptions = {
  json: { says: 'print JSON on stdout, and nothing else there' },
  project: { value: 'name', says: 'by default what the nearest lockflight.yaml says' },
  server: { value: 'url', says: 'by default the one logged in to, or this machine’s' },
  help: { says: 'what this command takes' },
} as const satisfies Options

/** Everything a command was given, by name in camel case. */
export type Given = Record<string, string | string[] | boolean | undefined>

/** Reads what a command was given besides its name; refuses what it does not take and tells what is missing. */
export function readInput(command: Pick<Command, 'arguments' | 'options'>, argv: string[], name: string): Given {
  try {
    return read(command, argv)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal('invalid', `${error.message} (lockflight ${name} --help shows what it takes)`, {
      reason: 'usage',
    })
  }
}

function read({ arguments: takes, options: own }: Pick<Command, 'arguments' | 'options'>, argv: string[]): Given {
  const options: Options = { ...globalOptions, ...own }
  const given: Given = {}
  const positional: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--') {
      positional.push(...argv.slice(index + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      positional.push(word)
      continue
    }
    const { name, value } = optionIn(word)
    const option = find(options, name)
    if (option.value === undefined) {
      if (value !== undefined) throw usage(`expected no value after --${name}; found ${value}`)
      given[camelCase(name)] = true
      continue
    }
    const text = value ?? argv[++index]
    if (text === undefined) throw usage(`expected <${option.value}> after --${name}; found nothing`)
    if (option.choices && !option.choices.includes(text)) {
      throw usage(`expected one of ${option.choices.join(', ')} after --${name}; found ${text}`)
    }
    const before = given[camelCase(name)]
    given[camelCase(name)] = option.many ? [...(Array.isArray(before) ? before : []), text] : text
  }
  if (given['help']) return given
  place(takes, positional, given)
  complete(options, given)
  return given
}

function optionIn(word: string): { name: string; value: string | undefined } {
  if (word === '-h') return { name: 'help', value: undefined }
  const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? []
  return { name: word.startsWith('--') ? name : `-${name}`, value }
}

function find(options: Options, name: string): OptionDefinition {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option) return option
  const known = Object.keys(options).map((each) => `--${each}`)
  const shown = name.startsWith('-') ? name : `--${name}`
  throw usage(`expected one of ${known.join(', ')}; found ${shown}`)
}

function place(takes: Command['arguments'], positional: string[], given: Given): void {
  const names = Object.keys(takes)
  for (const [index, name] of names.entries()) {
    const text = positional[index]
    if (text === undefined && !takes[name]?.optional)
      throw usage(`expected <${name}>, ${takes[name]?.says}; found nothing`)
    given[name] = takes[name]?.many ? positional.slice(index) : text
  }
  const extra = positional[names.length]
  const takesAll = takes[names.at(-1) ?? '']?.many
  if (extra !== undefined && !takesAll) throw usage(`expected nothing more; found ${extra}`)
}

function complete(options: Options, given: Given): void {
  for (const [name, option] of Object.entries(options)) {
    const key = camelCase(name)
    if (option.value === undefined) given[key] ??= false
    else given[key] ??= option.default
    if (option.required && given[key] === undefined) throw usage(`expected --${name} <${option.value}>; found none`)
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function usage(message: string): Refusal {
  return new Refusal('invalid', message, { reason: 'usage' })
}
