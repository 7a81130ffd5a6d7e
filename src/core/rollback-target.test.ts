import { expect, test } from 'vitest'
import type { Deployment } from './deployment.ts'
import type { Digest } from './digest.ts'
import { rollbackTarget } from './rollback-target.ts'

const digestOf = (name: string): Digest => `sha256:${name.repeat(64)}`

/** A history in words, oldest first: `a` a healthy release, `a!` one that failed, `<a` a rollback to it, `~a` a drill. */
function targetAfter(history: string): string | null {
  const deployments = history.split(' ').map((word): Pick<Deployment, 'release' | 'class' | 'outcome'> => ({
    release: digestOf(word.replace(/\W/g, '')),
    class: word.startsWith('<') ? 'rollback' : word.startsWith('~') ? 'drill' : 'standard',
    outcome: word.endsWith('!') ? 'failed' : word.endsWith('…') ? 'running' : 'succeeded',
  }))
  return rollbackTarget(deployments.toReversed())?.at(-1) ?? null
}

test.for([
  ['a b', 'a', 'the release before'],
  ['a b!', 'a', 'the last healthy one after a failure'],
  ['a b c…', 'b', 'the last healthy one while another is being deployed'],
  ['a b c!', 'b', 'what was live when it failed'],
  ['a b b', 'a', 'another release, not the same again'],
  ['a b b!', 'a', 'another release, also when deploying the same again failed'],
  ['a b a c', 'a', 'a release that was deployed again'],
] as const)('after %s a rollback goes to %s: %s', ([history, target]) => {
  expect(targetAfter(history)).toBe(target)
})

test.for([
  ['a b c <b', 'a'],
  ['a b c <b <a', null],
  ['a b c <a d', 'a'],
  ['a b c! <b', 'a'],
] as const)('after %s it goes further back, never forth to what a rollback put away: %s', ([history, target]) => {
  expect(targetAfter(history)).toBe(target)
})

test.for([
  ['a b ~a ~b', 'a', 'after a drill as if there had been none'],
  ['a b ~a ~b <a', null, 'further back after a drill and a rollback'],
  ['a b ~a!', 'a', 'the same way when the way back failed'],
  ['a b ~a…', 'a', 'the same way while the way back goes on'],
  ['a b ~a ~b!', 'a', 'what is live when the way forth failed'],
  ['a b ~a ~b…', 'a', 'what is live while the way forth goes on'],
  ['a b ~a! ~b', 'a', 'the release before when the live one was brought back'],
] as const)('after %s a rollback goes to %s: %s', ([history, target]) => {
  expect(targetAfter(history)).toBe(target)
})

test('a rollback that failed is tried once more', () => {
  expect(targetAfter('a b c <b!')).toBe('b')
})

test('where nothing else was healthy there is nothing to go back to', () => {
  expect(targetAfter('a')).toBeNull()
  expect(targetAfter('a! b!')).toBeNull()
  expect(rollbackTarget([])).toBeNull()
})
