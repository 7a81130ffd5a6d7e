import { expect, test } from 'vitest'
import { command } from './command.ts'
import { commands } from './commands.ts'
import { findCommand } from './find-command.ts'
import { plain } from './look.ts'
import { commandText, overviewText, unknownText } from './views/help-view.ts'

const look = { paint: plain, now: new Date(0) }

test('one or two words call a command, and what every command takes may stand before them', () => {
  expect(findCommand(['status'])).toMatchObject({ kind: 'command', name: 'status', rest: [] })
  expect(findCommand(['--project', 'shop', '--json', 'runs', 'show', '12'])).toMatchObject({
    kind: 'command',
    name: 'runs show',
    rest: ['--project', 'shop', '--json', '12'],
  })
  expect(findCommand(['server'])).toMatchObject({ kind: 'command', name: 'server' })
  expect(findCommand(['server', 'stop'])).toMatchObject({ kind: 'command', name: 'server stop' })
})

test('the words of a command are not taken from the values of options', () => {
  expect(findCommand(['--project=status', 'keys'])).toMatchObject({ name: 'keys', rest: ['--project=status'] })
  expect(findCommand(['--server', 'status', 'keys'])).toMatchObject({ name: 'keys' })
})

test('without a command there is help, a part of it for half a command', () => {
  expect(findCommand([])).toEqual({ kind: 'help', words: '' })
  expect(findCommand(['--help'])).toEqual({ kind: 'help', words: '' })
  expect(findCommand(['runs'])).toEqual({ kind: 'help', words: 'runs' })
  expect(findCommand(['runs', '--help'])).toEqual({ kind: 'help', words: 'runs' })
  expect(findCommand(['help', 'audit'])).toEqual({ kind: 'help', words: 'audit' })
  expect(findCommand(['--version'])).toEqual({ kind: 'version' })
})

test('a command that does not exist is told, with what was probably meant', () => {
  expect(findCommand(['promot', 'x'])).toEqual({ kind: 'unknown', words: 'promot' })
  expect(findCommand(['runs', 'lst'])).toEqual({ kind: 'unknown', words: 'runs lst' })
  expect(findCommand(['constructor'])).toEqual({ kind: 'unknown', words: 'constructor' })
  expect(unknownText('promot')).toBe('there is no command promot; did you mean promote?')
  expect(unknownText('runs lst')).toBe('there is no command runs lst; did you mean runs list?')
  expect(unknownText('xyzzy')).toBe('there is no command xyzzy')
})

test('the overview names every command once', () => {
  const overview = overviewText('', look)
  for (const name of Object.values(commands).flatMap((listings) => Object.keys(listings))) {
    expect(
      overview.split('\n').filter((line) => line.startsWith(`  ${name}  `)),
      name,
    ).toHaveLength(1)
  }
  expect(overviewText('audit', look)).toBe(`Look back
  audit verify        Check the log of the server, or an exported one without any server
  audit export        Copy the whole log into a new folder
  audit proof         What the log says of a promotion, as one file that anyone can check
  audit verify-proof  Check such a file, without any server
  audit sinks         Where the server brings its checkpoints, and what is wrong there
  audit key           The key of the log, for witnesses and auditors
  audit accept-loss   Let the server sign again after the end of its log was lost with the database

More about one: lockflight <command> --help`)
})

test('every command loads, and says of everything it takes what it is', async () => {
  for (const [name, listing] of Object.values(commands).flatMap((listings) => Object.entries(listings))) {
    const definition = await listing.load()
    const taken = [...Object.values(definition.arguments), ...Object.values(definition.options)]
    expect(
      taken.every(({ says }) => says.length > 1),
      name,
    ).toBe(true)
    expect(commandText(name, listing.says, definition, look)).toContain(`lockflight ${name}`)
  }
})

test('the help of a command shows what it needs first, and choices and defaults', () => {
  const definition = command({
    arguments: { release: { says: 'a version' }, file: { says: 'a file', optional: true } },
    options: {
      to: { value: 'environment', says: 'where to', required: true },
      class: { value: 'class', choices: ['standard', 'hotfix'], says: 'what kind', default: 'standard' },
    },
    run: async () => undefined,
  })
  expect(commandText('promote', 'Ask for it', definition, look))
    .toBe(`lockflight promote <release> [file] --to <environment>
Ask for it

  <release>           a version
  <file>              a file
  --to <environment>  where to; required
  --class <class>     what kind; one of standard, hotfix; by default standard
  --json              print JSON on stdout, and nothing else there
  --project <name>    by default what the nearest lockflight.yaml says
  --server <url>      by default the one logged in to, or this machine’s
  --help              what this command takes`)
})
