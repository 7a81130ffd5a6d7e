import { expect, test } from 'vitest'
import { readCondition } from './job-condition.ts'

const facts = { branch: 'release/1.2', commit: 'a'.repeat(40), needs: { 'build-app': { outputs: { ready: 'yes' } } } }

test.each([
  ['branch == "main"', false],
  ['branch.startsWith("release/") && commit.size() == 40', true],
  ['needs["build-app"].outputs.ready == "yes"', true],
  ['"ready" in needs["build-app"].outputs', true],
  ['has(needs.lint)', false],
  ['branch.split("/")[1] in ["1.1", "1.2"]', true],
  ['true', true],
])('%s is %s', (text, holds) => {
  expect(readCondition(text)(facts)).toBe(holds)
})

test.each([
  ['branch ==', 'Unexpected token: EOF'],
  ['brnch == "main"', 'Unknown variable: brnch'],
  ['branch == 1', 'no such overload: string == int'],
  ['branch', 'it is a string, not true or false'],
  ['branch.reverse() == ""', 'there is no reverse()'],
])('%s is refused before any run', (text, why) => {
  expect(() => readCondition(text)).toThrow(`expected a condition over branch, commit and needs; found ${text}: ${why}`)
})

test.each([
  ['needs.lint.outputs.ok == "yes"', 'No such key: lint'],
  ['needs["build-app"].outputs.ready', 'it came to text, not to true or false'],
  ['needs["build-app"].outputs.constructor == ""', 'No such key: constructor'],
  ['needs["build-app"].outputs["__proto__"] == ""', 'No such key: __proto__'],
])('%s is refused when it is asked', (text, why) => {
  expect(() => readCondition(text)(facts)).toThrow(why)
})

const ten = `[${'1,'.repeat(9)}1]`
const nested = (depth: number): string => (depth === 0 ? 'true' : `${ten}.all(x${depth}, ${nested(depth - 1)})`)
const doubled = (depth: number): string => (depth === 0 ? 'x' : `cel.bind(x, x + x, ${doubled(depth - 1)})`)

test.each([
  ['loops within loops', nested(20)],
  ['a regular expression that backtracks', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("^(a+)+$")'],
  ['a text that doubles', `cel.bind(x, branch, ${doubled(28)}) == ""`],
  ['a very long condition', 'true &&'.repeat(100_000) + 'true'],
  ['a very deep condition', `${'('.repeat(10_000)}true${')'.repeat(10_000)}`],
])('A20 %s cannot be written', (_, text) => {
  expect(() => readCondition(text)(facts)).toThrow(/^expected a condition/)
})
