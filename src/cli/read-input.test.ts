import { expect, test } from 'vitest'
import { command } from './command.ts'
import { readInput } from './read-input.ts'

const promote = command({
  arguments: { release: { says: 'a version' }, note: { says: 'a note', optional: true } },
  options: {
    to: { value: 'environment', says: 'where to', required: true },
    class: { value: 'class', choices: ['standard', 'hotfix'], says: 'what kind', default: 'standard' },
    type: { value: 'type', many: true, says: 'which' },
    'dry-run': { says: 'only show' },
  },
  run: async () => undefined,
})

const read = (...argv: string[]) => readInput(promote, argv, 'promote')

test('arguments and options are read in any order, with and without an equals sign', () => {
  const expected = {
    release: '1.4',
    note: undefined,
    to: 'prod',
    class: 'hotfix',
    type: ['a', 'b'],
    dryRun: true,
    json: false,
    help: false,
    project: undefined,
    server: undefined,
  }
  expect(read('1.4', '--to', 'prod', '--class=hotfix', '--type', 'a', '--type=b', '--dry-run')).toEqual(expected)
  expect(read('--dry-run', '--type=a', '--type', 'b', '--class', 'hotfix', '--to=prod', '1.4')).toEqual(expected)
})

test('what is not given has its default, and a value may begin with a dash or hold an equals sign', () => {
  expect(read('1', '--to', '-x=1')).toMatchObject({ to: '-x=1', class: 'standard', type: undefined, dryRun: false })
  expect(read('--to=a=b', '--', '--odd')).toMatchObject({ to: 'a=b', release: '--odd' })
})

test.each([
  [['1'], 'expected --to <environment>; found none'],
  [['--to', 'prod'], 'expected <release>, a version; found nothing'],
  [['1', '--to'], 'expected <environment> after --to; found nothing'],
  [['1', '2', '3', '--to', 'prod'], 'expected nothing more; found 3'],
  [['1', '--to', 'prod', '--class', 'big'], 'expected one of standard, hotfix after --class; found big'],
  [['1', '--to', 'prod', '--dry-run=yes'], 'expected no value after --dry-run; found yes'],
  [['1', '--tu', 'prod'], '--help, --to, --class, --type, --dry-run; found --tu'],
  [['1', '-x'], 'found -x'],
  [['1', '--__proto__', 'x'], 'found --__proto__'],
])('%j is refused: %s', (argv, message) => {
  expect(() => read(...argv)).toThrow(message)
  expect(() => read(...argv)).toThrow('lockflight promote --help')
})

test('asking for help needs nothing else', () => {
  expect(read('--help')).toMatchObject({ help: true })
  expect(read('-h')).toMatchObject({ help: true })
})
