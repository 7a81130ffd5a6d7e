import { at, visit, type Source } from './source.ts'

const pureModules = new Set([
  'zod',
  'yaml',
  'canonicalize',
  'saxes',
  '@marcbachmann/cel-js',
  'spdx-expression-parse',
  'node:crypto',
])
const clocks = new Set(['Date.now', 'performance.now', 'process.hrtime'])
const chance = new Set(['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'])
const outward = new Set(['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'console'])
const randomImports = /^(random|getRandomValues|generateKey)/

/** Uses of a clock or of chance: the caller passes the time, ids and random bytes in. */
export function clocksAndChance(file: Source): string[] {
  const wrong: string[] = []
  visit(file, {
    NewExpression({ callee, arguments: args, start }) {
      if (callee.type === 'Identifier' && callee.name === 'Date' && args.length === 0)
        wrong.push(`${at(file, start)} new Date()`)
    },
    CallExpression({ callee, start }) {
      if (callee.type === 'Identifier' && callee.name === 'Date') wrong.push(`${at(file, start)} Date()`)
    },
    MemberExpression({ object, property, start }) {
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return
      const name = `${object.name}.${property.name}`
      if (clocks.has(name) || chance.has(name)) wrong.push(`${at(file, start)} ${name}`)
    },
    ImportSpecifier({ imported, start }) {
      const name = imported.type === 'Identifier' ? imported.name : imported.value
      if (randomImports.test(name)) wrong.push(`${at(file, start)} ${name}`)
    },
  })
  return wrong
}

/** Ways out of the process: modules that are not pure, and globals that reach the world. */
export function waysOut(file: Source): string[] {
  const wrong: string[] = []
  visit(file, {
    ImportDeclaration({ source, start, importKind }) {
      if (importKind !== 'type' && !source.value.startsWith('.') && !pureModules.has(source.value)) {
        wrong.push(`${at(file, start)} ${source.value}`)
      }
    },
    ImportExpression: ({ start }) => void wrong.push(`${at(file, start)} import()`),
    CallExpression({ callee, start }) {
      if (callee.type === 'Identifier' && outward.has(callee.name)) wrong.push(`${at(file, start)} ${callee.name}()`)
    },
    MemberExpression({ object, start }) {
      if (object.type === 'Identifier' && outward.has(object.name)) wrong.push(`${at(file, start)} ${object.name}`)
    },
  })
  return wrong
}
