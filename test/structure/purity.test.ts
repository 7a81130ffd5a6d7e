import { expect, test } from 'vitest'
import { clocksAndChance, waysOut } from './purity.ts'
import { allSources, isTest, source } from './source.ts'

const part = (name: string) => allSources().filter((file) => file.path.startsWith(`src/${name}/`) && !isTest(file))

test('core has no clock, no chance and no way out', () => {
  expect(part('core').length).toBeGreaterThan(30)
  expect(part('core').flatMap(clocksAndChance)).toEqual([])
  expect(part('core').flatMap(waysOut)).toEqual([])
})

test('gates judge without a clock or chance, and reach the world only through the one they are given', () => {
  expect(part('gates').length).toBeGreaterThan(0)
  expect(part('gates').flatMap(clocksAndChance)).toEqual([])
  expect(part('gates').flatMap(waysOut)).toEqual([])
})

test('verbs take the time from their transaction, and ids and random bytes from the app', () => {
  expect(part('app').flatMap(clocksAndChance)).toEqual([])
})

test('every clock and every die is found', () => {
  const uses = [
    'const a = new Date()',
    'const a = Date()',
    'const a = Date.now()',
    'const a = performance.now()',
    'const a = Math.random()',
    'const a = crypto.randomUUID()',
    `import { randomBytes } from 'node:crypto'`,
    `import { randomUUID as id } from 'node:crypto'`,
  ]
  for (const text of uses) expect(clocksAndChance(source('src/core/bad.ts', text)), text).toHaveLength(1)
  expect(clocksAndChance(source('src/core/good.ts', 'const a = new Date(text); const b = Date.parse(text)'))).toEqual(
    [],
  )
})

test('every way out is found', () => {
  const ways = [
    `import { readFileSync } from 'node:fs'`,
    `import net from 'node:net'`,
    `import pg from 'pg'`,
    `const fs = import('node:fs')`,
    'const a = process.env.HOME',
    'fetch(url)',
    'setTimeout(work, 10)',
    'console.log(1)',
  ]
  for (const text of ways) expect(waysOut(source('src/core/bad.ts', text)), text).toHaveLength(1)
  expect(
    waysOut(source('src/core/good.ts', `import { createHash } from 'node:crypto'\nimport type { X } from 'pg'`)),
  ).toEqual([])
})
