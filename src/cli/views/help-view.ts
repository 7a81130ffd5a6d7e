import { nearest } from '../../core/nearest.ts'
import type { Command, Options } from '../command.ts'
import { commands } from '../commands.ts'
import type { Look } from '../look.ts'
import { globalOptions } from '../read-input.ts'
import { table } from '../table.ts'

/** All commands, or those whose name begins with the given words. */
export function overviewText(words: string, { paint, columns }: Look): string {
  const sections = Object.entries(commands).flatMap(([title, listings]) => {
    const rows = Object.entries(listings)
      .filter(([name]) => words === '' || name === words || name.startsWith(`${words} `))
      .map(([name, { says }]) => [`  ${name}`, says])
    return rows.length > 0 ? [{ title, rows }] : []
  })
  const width = Math.max(...sections.flatMap(({ rows }) => rows.map(([name = '']) => name.length)))
  const lines = sections.map(({ title, rows }) => {
    const padded = rows.map(([name = '', says = '']) => [name.padEnd(width), says])
    return `${paint('bold', title)}\n${table(padded, columns)}`
  })
  const head =
    words === '' ? 'lockflight lifts a release dev → stg → prod, and can prove why every gate opened.\n\n' : ''
  return `${head}${lines.join('\n\n')}\n\nMore about one: lockflight <command> --help`
}

/** Everything one command takes. */
export function commandText(name: string, says: string, command: Command, { paint, columns }: Look): string {
  const placed = Object.entries(command.arguments)
  const signature = placed.map(([argument, { optional, many }]) =>
    optional ? `[${argument}]` : `<${argument}>${many ? '...' : ''}`,
  )
  const needed = Object.entries(command.options).flatMap(([option, { required, value }]) =>
    required ? [`--${option} <${value}>`] : [],
  )
  const all: Options = { ...command.options, ...globalOptions }
  const options = Object.entries(all).map(([option, { says: what, value, choices, default: fallback, required }]) => {
    const notes = [
      ...(choices ? [`one of ${choices.join(', ')}`] : []),
      ...(fallback === undefined ? [] : [`by default ${fallback}`]),
      ...(required ? ['required'] : []),
    ]
    return [`  --${option}${value === undefined ? '' : ` <${value}>`}`, [what, ...notes].join('; ')]
  })
  const rows = [...placed.map(([argument, definition]) => [`  <${argument}>`, definition.says]), ...options]
  return `${paint('bold', ['lockflight', name, ...signature, ...needed].join(' '))}\n${says}\n\n${table(rows, columns)}`
}

/** What to say to a command there is none of. */
export function unknownText(words: string): string {
  const names = Object.values(commands).flatMap((listings) => Object.keys(listings))
  const meant = nearest(words, names) ?? nearest(words.split(' ')[0] ?? '', names)
  return `there is no command ${words}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
